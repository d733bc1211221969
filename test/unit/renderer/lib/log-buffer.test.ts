import { describe, expect, it } from 'vitest'
import { LogRing } from '../../../../src/renderer/lib/log-buffer'

function entries(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    stream: 'stdout' as const,
    time: 0,
    text: String(from + index),
  }))
}

describe('LogRing', () => {
  it('keeps everything until it is full', () => {
    const ring = new LogRing(10)
    ring.push(entries(10))
    expect(ring.lines.map(({ text }) => text)).toEqual(entries(10).map(({ text }) => text))
    expect(ring.dropped).toBe(0)
  })

  it('lets the oldest lines go, and never holds more than one and a half times its capacity', () => {
    const ring = new LogRing(10)
    for (let line = 0; line < 100; line++) {
      ring.push(entries(1, line))
      expect(ring.lines.length).toBeLessThanOrEqual(15)
    }
    expect(ring.lines.at(-1)?.text).toBe('99')
    expect(ring.dropped).toBe(100 - ring.lines.length)
  })

  it('keeps the end of a burst that is larger than itself', () => {
    const ring = new LogRing(10)
    ring.push(entries(1000))
    expect(ring.lines).toHaveLength(10)
    expect(ring.lines[0]?.text).toBe('990')
  })

  it('numbers lines through, so that a row keeps its key when older ones go', () => {
    const ring = new LogRing(10)
    ring.push(entries(20))
    expect(ring.lines[0]?.number).toBe(10)
    expect(ring.lines.at(-1)?.number).toBe(19)
  })

  it('begins anew when cleared', () => {
    const ring = new LogRing(10)
    ring.push(entries(20))
    ring.clear()
    ring.push(entries(1))
    expect(ring.dropped).toBe(0)
    expect(ring.lines.map(({ number }) => number)).toEqual([0])
  })
})
