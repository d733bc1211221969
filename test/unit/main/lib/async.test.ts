import { describe, expect, it } from 'vitest'
import { delay, sequencer, untilAborted, within } from '../../../../src/main/lib/async'

const pending = new Promise<never>(() => undefined)

describe('waiting', () => {
  it('returns the outcome of the promise', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
    expect(await within(Promise.resolve(1), 1_000, () => new Error('late'))).toBe(1)
    await expect(within(Promise.reject(new Error('no')), 1_000, () => new Error('late'))).rejects.toThrow(
      'no',
    )
  })

  it('ends with the reason of the signal when the signal aborts', async () => {
    const abort = new AbortController()
    const waiting = [untilAborted(pending, abort.signal), delay(100_000, abort.signal)]
    abort.abort(new Error('enough'))
    for (const promise of waiting) await expect(promise).rejects.toThrow('enough')
    await expect(untilAborted(Promise.reject(new Error('no')), abort.signal)).rejects.toThrow('enough')
  })

  it('ends after the time limit', async () => {
    await expect(within(pending, 1, () => new Error('late'))).rejects.toThrow('late')
  })
})

describe('a sequencer', () => {
  it('runs tasks one at a time, in the order of the calls', async () => {
    const inTurn = sequencer()
    const events: string[] = []
    const task = (name: string, milliseconds: number) => async () => {
      events.push(`${name} begins`)
      await delay(milliseconds)
      events.push(`${name} ends`)
      return name
    }
    expect(await Promise.all([inTurn(task('slow', 20)), inTurn(task('quick', 0))])).toEqual(['slow', 'quick'])
    expect(events).toEqual(['slow begins', 'slow ends', 'quick begins', 'quick ends'])
  })

  it('continues after a task that failed', async () => {
    const inTurn = sequencer()
    const failed = inTurn(() => Promise.reject(new Error('no')))
    const next = inTurn(() => Promise.resolve(1))
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe(1)
  })
})
