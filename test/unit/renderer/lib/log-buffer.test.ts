import { describe, expect, it } from 'vitest'
import { LogBuffer } from '../../../../src/renderer/lib/log-buffer'
import { textParts } from '../../../../src/renderer/lib/terminal-text'
import type { LogEntry } from '../../../../src/shared/sessions'

function entries(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    stream: 'stdout' as const,
    time: 0,
    text: String(from + index),
  }))
}

describe('LogBuffer', () => {
  it('keeps all lines until the buffer is full', () => {
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

  it('keeps the last lines of a burst that is larger than its capacity', () => {
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

  it('numbers lines from 0 again after the buffer is cleared', () => {
    const buffer = new LogBuffer(10)
    buffer.push(entries(20))
    buffer.clear()
    buffer.push(entries(1))
    expect(buffer.dropped).toBe(0)
    expect(buffer.lines.map(({ number }) => number)).toEqual([0])
  })

  describe('with terminal output', () => {
    const escape = String.fromCharCode(27)
    const stdout = (text: string): LogEntry => ({ stream: 'stdout', time: 0, text })
    const open = (text: string, stream: LogEntry['stream'] = 'stdout'): LogEntry => ({
      stream,
      time: 0,
      text,
      part: 'open',
    })
    const shown = (buffer: LogBuffer) =>
      buffer.lines.map(({ text, style }) =>
        textParts(text, style)
          .map((part) => part.text)
          .join(''),
      )

    it('begins a line in the colour in which the previous line of its stream ended', () => {
      const buffer = new LogBuffer(10)
      buffer.push([stdout(`${escape}[31mred`), stdout('still red'), { ...stdout('plain'), stream: 'stderr' }])
      expect(buffer.lines.map(({ style }) => style.foreground)).toEqual([undefined, 'red', undefined])
    })

    it('shows an unfinished line after all other lines until the line ends', () => {
      const buffer = new LogBuffer(10)
      buffer.push([stdout('one'), open('Na')])
      buffer.push([open('Name: ')])
      expect(shown(buffer)).toEqual(['one', 'Name: '])
      buffer.push([{ ...stdout('err'), stream: 'stderr' }])
      expect(shown(buffer)).toEqual(['one', 'err', 'Name: '])
      buffer.push([stdout('Name: world')])
      expect(shown(buffer)).toEqual(['one', 'err', 'Name: world'])
      expect(buffer.lines.map(({ number }) => number)).toEqual([0, 1, 2])
    })

    it('removes an unfinished line when an empty open entry arrives', () => {
      const buffer = new LogBuffer(10)
      buffer.push([open('out'), open('err', 'stderr')])
      buffer.push([open('')])
      expect(shown(buffer)).toEqual(['err'])
    })

    it('overwrites earlier lines if the cursor moves up, then continues below these lines', () => {
      const buffer = new LogBuffer(10)
      buffer.push(['title', 'a: 1%', 'b: 1%'].map(stdout))
      buffer.push([stdout(`${escape}[2A${escape}[2Ka: 50%`), stdout(`${escape}[2Kb: 60%`)])
      expect(shown(buffer)).toEqual(['title', 'a: 50%', 'b: 60%'])
      buffer.push([stdout(`${escape}[1A\rb: done${escape}[1Bbelow`), stdout('end')])
      expect(shown(buffer)).toEqual(['title', 'a: 50%', 'b: done', '       below', 'end'])
      expect(buffer.lines.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4])
    })

    it('erases the rest of the cursor’s line, and the lines below', () => {
      const progress = new LogBuffer(10)
      progress.push([stdout(`Loading 100%\r${escape}[Jok`)])
      expect(shown(progress)).toEqual(['ok'])
      const buffer = new LogBuffer(10)
      buffer.push(['a', 'b', 'c'].map(stdout))
      buffer.push([stdout(`${escape}[3A${escape}[Jnew`)])
      expect(shown(buffer)).toEqual(['new', '', ''])
    })

    it('never moves above the first line, and limits the length of a line that output overwrites many times', () => {
      const buffer = new LogBuffer(10)
      buffer.push([stdout('first')])
      for (let percent = 0; percent < 10_000; percent++)
        buffer.push([stdout(`${escape}[9A\r${String(percent)} of 10000 done`)])
      expect(shown(buffer)).toEqual(['9999 of 10000 done'])
      expect(buffer.lines[0]?.text.length).toBeLessThan(8_300)
    })

    it('adds no blank lines if the cursor moves below the last line', () => {
      const buffer = new LogBuffer(100)
      buffer.push([{ stream: 'stdout', time: 0, text: 'a' + '\x1b[999B'.repeat(1000) + 'b' }])
      expect(buffer.lines.length).toBeLessThanOrEqual(2)
    })

    it('removes the lines since a mark, so that the caller can push these lines again', () => {
      const buffer = new LogBuffer(10)
      buffer.push([stdout('one')])
      buffer.mark()
      buffer.push([stdout('two'), open('three')])
      buffer.rewind()
      buffer.push([stdout('two')])
      expect(shown(buffer)).toEqual(['one', 'two'])
      expect(buffer.lines.map(({ number }) => number)).toEqual([0, 1])
    })

    it('restores the colours at the mark', () => {
      const buffer = new LogBuffer(10)
      buffer.push([stdout(`${escape}[31mone`)])
      buffer.mark()
      buffer.push([stdout(`${escape}[0mtwo`)])
      buffer.rewind()
      buffer.push([stdout('two')])
      expect(buffer.lines[1]?.style.foreground).toBe('red')
    })
  })
})
