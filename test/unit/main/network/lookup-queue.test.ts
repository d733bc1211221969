import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  LookupQueue,
  lookupConcurrency,
  systemLookup,
  type HostLookup,
  type LookupQueueOptions,
} from '../../../../src/main/network/lookup-queue'

const hangs: HostLookup = () => new Promise(() => undefined)
const nothing: HostLookup = () => Promise.reject(new Error('no name server'))

/** A resolver that answers when the test calls `answer`. */
function slowResolver() {
  const asked: string[] = []
  const answers = new Map<string, (addresses: string[]) => void>()
  const lookUp: HostLookup = (name) => {
    asked.push(name)
    return new Promise((resolve) => answers.set(name, resolve))
  }
  const answer = (name: string, addresses = ['192.0.2.1']) => {
    answers.get(name)?.(addresses)
  }
  return { asked, answer, lookUp }
}

function lookups(options: Partial<LookupQueueOptions>): LookupQueue {
  return new LookupQueue({ lookUp: hangs, fallback: nothing, concurrency: 2, ...options })
}

describe('lookups on the host', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('do not delay lookups of other names if they hang', async () => {
    const dead = Array.from({ length: 50 }, (_, index) => `dead-${String(index)}.test`)
    const fallback = vi.fn<HostLookup>((name) =>
      name === 'good.test' ? Promise.resolve(['192.0.2.7']) : Promise.reject(new Error('no such name')),
    )
    const { lookUp } = lookups({ fallback })
    const failures = Promise.allSettled(dead.map((name) => lookUp(name, 4)))
    const good = lookUp('good.test', 4)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await good).toEqual(['192.0.2.7'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await failures).map(({ status }) => status)).toEqual(dead.map(() => 'rejected'))
  })

  it('run up to the limit simultaneously, in the order of the calls', async () => {
    const { asked, answer, lookUp } = slowResolver()
    const host = lookups({ lookUp })
    const found = ['a', 'b', 'c', 'd'].map((name) => host.lookUp(name, 4))
    expect(asked).toEqual(['a', 'b'])
    answer('b')
    await vi.waitFor(() => {
      expect(asked).toEqual(['a', 'b', 'c'])
    })
    for (const name of ['a', 'c']) answer(name)
    await vi.waitFor(() => {
      expect(asked).toEqual(['a', 'b', 'c', 'd'])
    })
    answer('d')
    expect(await Promise.all(found)).toHaveLength(4)
    void host.lookUp('e', 4)
    void host.lookUp('f', 4)
    void host.lookUp('g', 4).catch(() => undefined)
    expect(asked.slice(4)).toEqual(['e', 'f'])
  })

  it('are shared by equal names, even if the letter case differs', async () => {
    const { asked, answer, lookUp } = slowResolver()
    const host = lookups({ lookUp })
    const found = [host.lookUp('Name.test', 4), host.lookUp('name.TEST', 4)]
    void host.lookUp('name.test', 6).catch(() => undefined)
    expect(asked).toHaveLength(2)
    answer('Name.test', ['192.0.2.1'])
    answer('name.test', ['2001:db8::1'])
    expect(await Promise.all(found)).toEqual([['192.0.2.1'], ['192.0.2.1']])
    void host.lookUp('name.test', 4).catch(() => undefined)
    expect(asked).toHaveLength(3)
  })

  it('time out for the caller, but a repeated call gets the late result', async () => {
    const { asked, answer, lookUp } = slowResolver()
    const host = lookups({ lookUp, timeoutMs: 5_000 })
    const first = expect(host.lookUp('slow.test', 4)).rejects.toThrow('slow.test')
    await vi.advanceTimersByTimeAsync(5_000)
    await first
    const second = host.lookUp('slow.test', 4)
    answer('slow.test')
    expect(await second).toEqual(['192.0.2.1'])
    expect(asked).toEqual(['slow.test'])
  })

  it('use no slot later if they timed out while they waited for a slot', async () => {
    const { asked, answer, lookUp } = slowResolver()
    const host = lookups({ lookUp, concurrency: 1, timeoutMs: 5_000 })
    const dead = expect(host.lookUp('dead.test', 4)).rejects.toThrow('dead.test')
    const waiting = expect(host.lookUp('waits.test', 4)).rejects.toThrow('waits.test')
    await vi.advanceTimersByTimeAsync(5_000)
    await Promise.all([dead, waiting])
    answer('dead.test')
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toEqual(['dead.test'])
    const next = host.lookUp('next.test', 4)
    answer('next.test')
    expect(await next).toEqual(['192.0.2.1'])
  })

  it('use the result of the fallback only if it contains an address', async () => {
    const { answer, lookUp } = slowResolver()
    const host = lookups({ lookUp, concurrency: 1, fallback: () => Promise.resolve([]) })
    void host.lookUp('first.test', 4).catch(() => undefined)
    const second = host.lookUp('vpn-only.test', 4)
    await vi.advanceTimersByTimeAsync(1_000)
    answer('first.test')
    await vi.advanceTimersByTimeAsync(0)
    answer('vpn-only.test', ['10.1.2.3'])
    expect(await second).toEqual(['10.1.2.3'])
  })

  it('do not use the fallback while there is a free slot', async () => {
    const fallback = vi.fn(nothing)
    const { answer, lookUp } = slowResolver()
    const host = lookups({ lookUp, fallback })
    const found = host.lookUp('name.test', 4)
    await vi.advanceTimersByTimeAsync(4_000)
    answer('name.test')
    await found
    expect(fallback).not.toHaveBeenCalled()
  })
})

describe('the limit of simultaneous lookups', () => {
  it.each([
    [undefined, 2],
    ['nonsense', 2],
    ['1', 2],
    ['4', 2],
    ['32', 14],
  ])('for a pool of %s threads is %i', (size, places) => {
    expect(lookupConcurrency(size)).toBe(places)
  })
})

describe('the system’s own lookup', () => {
  it('knows the hosts file, and returns only addresses of the requested family', async () => {
    expect(await systemLookup('localhost', 4)).toContain('127.0.0.1')
    expect(await systemLookup('192.0.2.1', 4)).toEqual(['192.0.2.1'])
    expect(await systemLookup('192.0.2.1', 6)).toEqual([])
  })
})
