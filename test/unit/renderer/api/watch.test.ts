import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection } from '../../../../src/renderer/api/connection'
import { keepWatching } from '../../../../src/renderer/api/watch'
import { BerthError } from '../../../../src/shared/errors'

/** Opens streams that deliver `values` and then stay open until they are aborted. */
function openStream(values: string[]) {
  return vi.fn((signal: AbortSignal) => Promise.resolve(stream(values, signal)))
}
async function* stream(values: string[], signal: AbortSignal): AsyncGenerator<string> {
  yield* values
  await new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'))
    })
  })
}
const failing = () => Promise.reject(new BerthError('engine.unreachable'))

describe('keepWatching', () => {
  let connection: Connection
  let end: AbortController
  const taken: string[] = []
  const take = (value: string) => taken.push(value)

  beforeEach(() => {
    vi.useFakeTimers()
    connection = new Connection()
    end = new AbortController()
    taken.length = 0
  })
  afterEach(() => {
    end.abort()
    vi.useRealTimers()
  })

  it('opens the stream once the connection is open, and takes every value', async () => {
    const open = openStream(['a', 'b'])
    void keepWatching({ connection, open, take, signal: end.signal })
    await vi.advanceTimersByTimeAsync(1000)
    expect(open).not.toHaveBeenCalled()
    connection.set('open')
    await vi.waitFor(() => {
      expect(taken).toEqual(['a', 'b'])
    })
  })

  it('reopens the stream once a lost connection is open again', async () => {
    const open = openStream(['snapshot'])
    connection.set('open')
    void keepWatching({ connection, open, take, signal: end.signal })
    await vi.waitFor(() => {
      expect(taken).toHaveLength(1)
    })
    connection.set('lost')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(open).toHaveBeenCalledTimes(1)
    connection.set('open')
    await vi.waitFor(() => {
      expect(taken).toEqual(['snapshot', 'snapshot'])
    })
  })

  it('waits longer after each stream that delivers nothing', async () => {
    const open = vi.fn(failing)
    const failed = vi.fn()
    connection.set('open')
    void keepWatching({ connection, open, take, failed, signal: end.signal })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(open.mock.calls.length).toBeGreaterThan(3)
    expect(open.mock.calls.length).toBeLessThan(10)
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'engine.unreachable' }))
  })

  it('ends with its signal, and opens no further stream', async () => {
    const open = openStream(['a'])
    connection.set('open')
    const watching = keepWatching({ connection, open, take, signal: end.signal })
    await vi.waitFor(() => {
      expect(taken).toEqual(['a'])
    })
    end.abort()
    await vi.advanceTimersByTimeAsync(10_000)
    await watching
    expect(open).toHaveBeenCalledTimes(1)
  })
})

describe('Connection', () => {
  it('notifies current listeners, and of changes only', () => {
    const connection = new Connection()
    const listener = vi.fn()
    const stop = connection.onChange(listener)
    connection.set('open')
    connection.set('open')
    stop()
    connection.set('lost')
    expect(listener.mock.calls).toEqual([['open']])
  })

  it('ends a wait when its signal is aborted', async () => {
    const end = new AbortController()
    const waiting = new Connection().whenOpen(end.signal)
    end.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})
