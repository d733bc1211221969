import { describe, expect, it } from 'vitest'
import { LogWindow } from '../../../../src/renderer/lib/log-window'
import type { LogPage, LogRecord } from '../../../../src/shared/logs'

const size = 10

/** The line `index` of a log with lines of ten bytes. */
function line(index: number, log = 0, text = `line ${String(index)}`): LogRecord {
  return { log, position: index * size, next: (index + 1) * size, time: index, stream: 'stdout', text }
}
function lines(from: number, to: number): LogRecord[] {
  return Array.from({ length: to - from }, (_, index) => line(from + index))
}
/** A page of a log with 100 lines. `position` is where the next call continues. */
function page(content: LogRecord[], position: number): LogPage {
  return {
    lines: content,
    positions: [position * size],
    bounds: [{ first: 0, end: 100 * size }],
    atStart: position === 0,
    atEnd: position === 100,
  }
}
function texts(window: LogWindow): string[] {
  return window.rows.map(({ text }) => text)
}

describe('LogWindow', () => {
  it('grows in both directions, and knows both ends of the log', () => {
    const window = new LogWindow(1_000)
    window.reset(page(lines(40, 50), 40), page(lines(50, 60), 60))
    expect([window.start, window.end, window.atStart, window.atEnd]).toEqual([[400], [600], false, false])
    window.prepend(page(lines(0, 40), 0))
    window.append(page(lines(60, 100), 100))
    expect(window.rows).toHaveLength(100)
    expect([window.atStart, window.atEnd]).toEqual([true, true])
    expect(new Set(window.rows.map(({ key }) => key)).size).toBe(100)
  })

  it('forgets the other end above its capacity, and can load it again', () => {
    const window = new LogWindow(20)
    window.reset(page(lines(40, 50), 40), page(lines(50, 60), 60))
    window.prepend(page(lines(30, 40), 30))
    expect([texts(window)[0], texts(window).at(-1), window.end, window.atEnd]).toEqual([
      'line 30',
      'line 49',
      [500],
      false,
    ])
    window.append(page(lines(50, 65), 65))
    expect([texts(window)[0], texts(window).at(-1), window.start]).toEqual(['line 45', 'line 64', [450]])
  })

  it('keeps the key of a row when older lines arrive, and carries colours into later rows', () => {
    const window = new LogWindow(100)
    window.reset(page([], 50), page([line(50, 0, 'b')], 51))
    const [before] = window.rows
    window.prepend(page([line(49, 0, '\u001B[31ma')], 49))
    expect(window.rows[1]?.key).toBe(before?.key)
    expect(window.rows[1]?.style.foreground).toBe('red')
  })

  it('shows progress bars of one log on one row, but mixes no rows of several logs', () => {
    const up = '\u001B[1A\u001B[2K'
    const one = new LogWindow(100)
    one.reset(page([], 0), page([line(0), line(1, 0, `${up}done`)], 2))
    expect(texts(one).at(0)).toContain('done')
    expect(one.rows).toHaveLength(1)
    const two = new LogWindow(100)
    const positions = [20, 10]
    two.reset(
      { ...page([], 0), positions: [0, 0] },
      { ...page([line(0), line(0, 1, 'other'), line(1, 0, `${up}done`)], 2), positions },
    )
    expect(two.rows).toHaveLength(3)
  })

  it('tells which part of the log is older than a row', () => {
    const window = new LogWindow(1_000)
    window.reset(page(lines(40, 50), 40), page(lines(50, 60), 60))
    expect(window.partBefore(0)).toBeCloseTo(0.4)
    expect(window.partBefore(10)).toBeCloseTo(0.5)
    expect(window.bytesAfter).toBe(400)
  })

  it('shows only lines after a clear', () => {
    const window = new LogWindow(100)
    window.reset(page(lines(0, 10), 0), page([], 10))
    window.clear()
    window.append(page(lines(10, 12), 12))
    expect(texts(window)).toEqual(['line 10', 'line 11'])
    expect(window.start).toEqual([100])
  })
})
