import { describe, expect, it } from 'vitest'
import { LogBuffer } from '../../../../src/renderer/lib/log-buffer'

function entries(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    stream: 'stdout' as const,
    time: 0,
    text: String(from + index),
  }))
}

describe('LogBuffer', () => {
  it('keeps everything until it is full', () => {
    const buffer = new LogBuffer(10)
    buffer.push(entries(10))
    expect(buffer.lines.map(({ text }) => text)).toEqual(entries(10).map(({ text }) => text))
    expect(buffer.dropped).toBe(0)
  })

  it('discards the oldest lines, and never holds more than one and a half times its capacity', () => {
    const buffer = new LogBuffer(10)
    for (let line = 0; line < 100; line++) {
      buffer.push(entries(1, line))
      expect(buffer.lines.length).toBeLessThanOrEqual(15)
    }
    expect(buffer.lines.at(-1)?.text).toBe('99')
    expect(buffer.dropped).toBe(100 - buffer.lines.length)
  })

  it('keeps the end of a burst that exceeds its capacity', () => {
    const buffer = new LogBuffer(10)
    buffer.push(entries(1000))
    expect(buffer.lines).toHaveLength(10)
    expect(buffer.lines[0]?.text).toBe('990')
  })

  it('numbers lines continuously, so that a row keeps its key when older rows are discarded', () => {
    const buffer = new LogBuffer(10)
    buffer.push(entries(20))
    expect(buffer.lines[0]?.number).toBe(10)
    expect(buffer.lines.at(-1)?.number).toBe(19)
  })

  it('counts from 0 again once it is cleared', () => {
    const buffer = new LogBuffer(10)
    buffer.push(entries(20))
    buffer.clear()
    buffer.push(entries(1))
    expect(buffer.dropped).toBe(0)
    expect(buffer.lines.map(({ number }) => number)).toEqual([0])
  })
})
