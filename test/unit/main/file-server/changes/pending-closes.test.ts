import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PendingCloses } from '../../../../../src/main/file-server/changes/pending-closes'
import { fileType } from '../../../../../src/main/file-server/protocol/linux'
import { Node } from '../../../../../src/main/file-server/tree/node'

describe('a file that was written', () => {
  const share = { id: '1', hostPath: '/', path: '/', writable: true, guestPath: '/' }
  const folder = new Node({ id: 1, ino: 1n, type: fileType.directory, share })
  let closed: string[]
  let closes: PendingCloses

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    closed = []
    closes = new PendingCloses((places) => {
      closed.push(...places.map(({ name }) => name))
    })
  })
  afterEach(() => {
    closes.close()
    vi.useRealTimers()
  })

  it('is reported as closed once, when nothing has written to it for a moment', () => {
    for (let part = 0; part < 8; part++) {
      closes.await(folder, 'slow')
      if (part === 0) closes.await(folder, 'quick')
      vi.advanceTimersByTime(60)
    }
    expect(closed).toEqual(['quick'])
    vi.advanceTimersByTime(200)
    expect(closed).toEqual(['quick', 'slow'])
  })

  it('is not reported as closed if it was removed', () => {
    closes.await(folder, 'gone')
    expect(closes.remove(folder, 'gone')).toBe(true)
    expect(closes.remove(folder, 'gone')).toBe(false)
    closes.await(folder, 'late')
    vi.advanceTimersByTime(300)
    expect(closed).toEqual(['late'])
  })
})
