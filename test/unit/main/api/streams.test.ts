import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { changes, latest } from '../../../../src/main/api/streams'

interface Change {
  value: number | 'snapshot'
}

describe('a stream of changes', () => {
  let emitter: EventEmitter<{ change: [Change] }>
  let ending: AbortController
  let snapshots: number

  beforeEach(() => {
    emitter = new EventEmitter()
    ending = new AbortController()
    snapshots = 0
  })

  const subscribe = (listener: (change: Change) => void) => {
    emitter.on('change', listener)
    return () => emitter.off('change', listener)
  }
  const snapshot = (): Change => {
    snapshots += 1
    return { value: 'snapshot' }
  }
  const open = (limit?: number) =>
    changes({ snapshot, subscribe, signal: ending.signal, ...(limit === undefined ? {} : { limit }) })
  const emit = (...values: number[]) => {
    for (const value of values) emitter.emit('change', { value })
  }

  it('begins with a snapshot and continues with every change', async () => {
    const stream = open()
    const first = stream.next()
    emit(1)
    expect((await first).value).toEqual({ value: 'snapshot' })
    emit(2)
    expect((await stream.next()).value).toEqual({ value: 1 })
    expect((await stream.next()).value).toEqual({ value: 2 })
  })

  it('keeps as many changes as the limit allows', async () => {
    const stream = open(3)
    await stream.next()
    emit(1, 2, 3)
    for (const value of [1, 2, 3]) expect((await stream.next()).value).toEqual({ value })
    expect(snapshots).toBe(1)
  })

  it('replaces the waiting changes with a snapshot if they exceed the limit, and continues', async () => {
    const stream = open(3)
    await stream.next()
    emit(1, 2, 3, 4, 5)
    expect((await stream.next()).value).toEqual({ value: 'snapshot' })
    emit(6)
    expect((await stream.next()).value).toEqual({ value: 6 })
  })

  it('delivers a change that arrives while the consumer waits', async () => {
    const stream = open()
    await stream.next()
    const next = stream.next()
    emit(1)
    expect((await next).value).toEqual({ value: 1 })
  })

  it.each(['while it waits', 'before it begins'])(
    'ends when aborted %s, and stops listening',
    async (when) => {
      if (when === 'before it begins') ending.abort()
      const stream = open()
      if (when === 'while it waits') await stream.next()
      const next = stream.next()
      ending.abort()
      expect((await next).done).toBe(true)
      expect(emitter.listenerCount('change')).toBe(0)
    },
  )

  it('stops listening when its consumer stops reading', async () => {
    const stream = open()
    await stream.next()
    await stream.return()
    expect(emitter.listenerCount('change')).toBe(0)
  })

  it('yields only the newest value if the stream was made with `latest`', async () => {
    let current = 0
    const stream = latest(emitter, 'change', () => ({ value: current }), ending.signal)
    expect((await stream.next()).value).toEqual({ value: 0 })
    for (current = 1; current < 5; current++) emit(current)
    expect((await stream.next()).value).toEqual({ value: 5 })
    const next = stream.next()
    current = 6
    emit(6)
    expect((await next).value).toEqual({ value: 6 })
  })
})
