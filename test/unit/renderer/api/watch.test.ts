import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection } from '../../../../src/renderer/api/connection'
import { keepWatching } from '../../../../src/renderer/api/watch'
import { BerthError } from '../../../../src/shared/errors'

/** Returns an `open` function. Its streams deliver `values`, then stay open until the signal is aborted. */
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
  const onValue = (value: string) => taken.push(value)

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

  it('opens the stream when the connection opens, and passes on every value', async () => {
    const open = openStream(['a', 'b'])
    void keepWatching({ connection, open, onValue, signal: end.signal })
    await vi.advanceTimersByTimeAsync(1000)
    expect(open).not.toHaveBeenCalled()
    connection.set('open')
    await vi.waitFor(() => {
      expect(taken).toEqual(['a', 'b'])
    })
  })

  it('reopens the stream when a lost connection opens again', async () => {
    const open = openStream(['snapshot'])
    connection.set('open')
    void keepWatching({ connection, open, onValue, signal: end.signal })
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
    void keepWatching({ connection, open, onValue, failed, signal: end.signal })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(open.mock.calls.length).toBeGreaterThan(3)
    expect(open.mock.calls.length).toBeLessThan(10)
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'engine.unreachable' }))
  })

  it('ends when its signal is aborted, and opens no further stream', async () => {
    const open = openStream(['a'])
    connection.set('open')
    const watching = keepWatching({ connection, open, onValue, signal: end.signal })
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
  it('notifies only current listeners, and only if the status changes', () => {
    const connection = new Connection()
    const listener = vi.fn()
    const stop = connection.onChange(listener)
    connection.set('open')
    connection.set('open')
    stop()
    connection.set('lost')
    expect(listener.mock.calls).toEqual([['open']])
  })

  it('stops waiting when the signal of the wait is aborted', async () => {
    const end = new AbortController()
    const waiting = new Connection().whenOpen(end.signal)
    end.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})
