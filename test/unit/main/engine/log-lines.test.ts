import { describe, expect, it } from 'vitest'
import type { Frame, OutputStream } from '../../../../src/main/engine/frames'
import { LogLines, RawLines } from '../../../../src/main/engine/log-lines'

const stamp = '2026-11-20T22:00:00.123456789Z'
const time = Date.UTC(2026, 10, 20, 22, 0, 0, 123)

function message(text: string | Buffer, stream: OutputStream = 'stdout', timestamp = stamp): Frame {
  return { stream, payload: Buffer.concat([Buffer.from(`${timestamp} `), Buffer.from(text)]) }
}

describe('LogLines', () => {
  it('splits the timestamp off and keeps the streams apart', () => {
    const lines = new LogLines()
    expect(lines.push(message('out\n'))).toEqual([{ stream: 'stdout', time, text: 'out' }])
    expect(lines.push(message('err\n', 'stderr'))).toEqual([{ stream: 'stderr', time, text: 'err' }])
  })

  it('understands a timestamp with an offset', () => {
    const [entry] = new LogLines().push(message('x\n', 'stdout', '2026-11-21T07:00:00.123456789+09:00'))
    expect(entry?.time).toBe(time)
  })

  it('joins a long line that arrives as several messages, with the time of the first', () => {
    const lines = new LogLines()
    expect(lines.push(message('a'.repeat(16_384)))).toEqual([])
    const [entry] = lines.push(message('end\n', 'stdout', '2026-11-20T22:00:09.000000000Z'))
    expect(entry).toEqual({ stream: 'stdout', time, text: `${'a'.repeat(16_384)}end` })
  })

  it('keeps a character whole that is cut between two messages, with the other stream in between', () => {
    const lines = new LogLines()
    const bytes = Buffer.from('한글\n')
    lines.push(message(bytes.subarray(0, 4)))
    lines.push(message(Buffer.from('é').subarray(0, 1), 'stderr'))
    expect(lines.push(message(bytes.subarray(4)))).toEqual([{ stream: 'stdout', time, text: '한글' }])
  })

  it('leaves a carriage return inside a line and drops the one at its end', () => {
    expect(new LogLines().push(message('10%\r20%\r\n'))[0]?.text).toBe('10%\r20%')
  })

  it('returns an unfinished line when the log ends', () => {
    const lines = new LogLines()
    lines.push(message('no newline'))
    expect(lines.end()).toEqual([{ stream: 'stdout', time, text: 'no newline' }])
    expect(lines.end()).toEqual([])
  })

  it('splits output without newlines into pieces of limited size', () => {
    const entries = new LogLines().push(message('x'.repeat(200_000)))
    expect(entries.map(({ text }) => text.length)).toEqual([65_536, 65_536, 65_536])
  })

  it('keeps text without a timestamp', () => {
    const lines = new LogLines()
    expect(lines.push({ stream: 'stdout', payload: Buffer.from('no stamp here\n') })[0]?.text).toBe(
      'no stamp here',
    )
  })
})

describe('RawLines', () => {
  it('cuts a terminal’s log into lines, wherever its chunks are cut', () => {
    const bytes = Buffer.from(`${stamp} one\r\n${stamp} 둘\r\n`)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const raw = new RawLines()
      const lines = new LogLines()
      const frames = [...raw.push(bytes.subarray(0, cut)), ...raw.push(bytes.subarray(cut)), ...raw.end()]
      expect(frames.flatMap((each) => lines.push(each)).map(({ text }) => text)).toEqual(['one', '둘'])
    }
  })

  it('returns the last, unfinished line at the end', () => {
    const raw = new RawLines()
    expect(raw.push(Buffer.from(`${stamp} $ `))).toEqual([])
    expect(raw.end().map(({ payload }) => payload.toString())).toEqual([`${stamp} $ `])
    expect(raw.end()).toEqual([])
  })
})
