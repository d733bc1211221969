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

  it('joins a long line that arrives as several messages, with the time of the first message', () => {
    const lines = new LogLines()
    expect(lines.push(message('a'.repeat(16_384)))).toEqual([])
    const [entry] = lines.push(message('end\n', 'stdout', '2026-11-20T22:00:09.000000000Z'))
    expect(entry).toEqual({ stream: 'stdout', time, text: `${'a'.repeat(16_384)}end` })
  })

  it('joins a character that is cut between two messages, even with a message of the other stream in between', () => {
    const lines = new LogLines()
    const bytes = Buffer.from('한글\n')
    lines.push(message(bytes.subarray(0, 4)))
    lines.push(message(Buffer.from('é').subarray(0, 1), 'stderr'))
    expect(lines.push(message(bytes.subarray(4)))).toEqual([{ stream: 'stdout', time, text: '한글' }])
  })

  it('keeps a carriage return inside a line, and drops a carriage return at its end', () => {
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

  it('marks the pieces of a line that is too long, except the last piece, and cuts no character', () => {
    const lines = new LogLines()
    const text = `${'x'.repeat(65_535)}😀${'한'.repeat(30_000)}`
    const entries = lines.push(message(`${text}\nnext\n`))
    expect(entries.map(({ part }) => part)).toEqual(['split', 'split', undefined, undefined])
    expect(entries.slice(0, -1).map((each) => each.text)).toEqual([
      'x'.repeat(65_535),
      `😀${'한'.repeat(21_844)}`,
      '한'.repeat(30_000 - 21_844),
    ])
    expect(entries.at(-1)?.text).toBe('next')
  })

  it('knows the unfinished line of a stream', () => {
    const lines = new LogLines()
    lines.push(message('x'.repeat(70_000)))
    const { bytes, ofThisRun } = lines.unfinished('stdout')
    expect([bytes.length, ofThisRun]).toEqual([70_000 - 65_536, 70_000])
    lines.push(message('\n'))
    expect(lines.unfinished('stdout')).toMatchObject({ bytes: Buffer.alloc(0), ofThisRun: 0 })
    // The engine sends such a short message without a newline only when the container’s process has ended.
    lines.push(message('$ '))
    expect(lines.unfinished('stdout')).toMatchObject({ bytes: Buffer.from('$ '), ofThisRun: 0 })
  })

  it.each(['12 apples', '2026 was fine', '2026-11-20 is no time'])(
    'treats %o as text, not as a timestamp',
    (text) => {
      expect(new LogLines().push({ stream: 'stdout', payload: Buffer.from(`${text}\n`) })[0]?.text).toBe(text)
    },
  )

  it('keeps text without a timestamp', () => {
    const lines = new LogLines()
    expect(lines.push({ stream: 'stdout', payload: Buffer.from('no stamp here\n') })[0]?.text).toBe(
      'no stamp here',
    )
  })
})

describe('RawLines', () => {
  it('splits a terminal’s log into lines, no matter where the chunks are cut', () => {
    const bytes = Buffer.from(`${stamp} one\r\n${stamp} 둘\r\n`)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const raw = new RawLines()
      const lines = new LogLines()
      const frames = [...raw.push(bytes.subarray(0, cut)), ...raw.push(bytes.subarray(cut)), ...raw.end()]
      expect(frames.flatMap((each) => lines.push(each)).map(({ text }) => text)).toEqual(['one', '둘'])
    }
  })

  /** A line of a terminal as the engine sends it: parts of 16 KiB, each after a timestamp, without a frame. */
  function parts(line: Buffer, stampOf: (index: number) => string = () => stamp): Buffer {
    const count = Math.ceil(line.length / 16_384)
    return Buffer.concat(
      Array.from({ length: count }, (_, index) =>
        Buffer.concat([
          Buffer.from(`${stampOf(index)} `),
          line.subarray(index * 16_384, (index + 1) * 16_384),
        ]),
      ),
    )
  }
  function read(bytes: Buffer, chunkBytes: number): string[] {
    const raw = new RawLines()
    const lines = new LogLines()
    const frames: Frame[] = []
    for (let start = 0; start < bytes.length; start += chunkBytes)
      frames.push(...raw.push(bytes.subarray(start, start + chunkBytes)))
    return [...frames, ...raw.end()].flatMap((each) => lines.push(each)).map(({ text }) => text)
  }

  it.each([
    ['with equal timestamps', () => stamp],
    ['with different timestamps', (index: number) => stamp.replace('22:00:00', `22:00:0${String(index)}`)],
  ])('joins parts %s into a line of more than 16 KiB, no matter where the chunks are cut', (_, stampOf) => {
    const text = `${'a'.repeat(16_383)}한글${'b'.repeat(20_000)}`
    const bytes = Buffer.concat([
      parts(Buffer.from(`${text}\r\n`), stampOf),
      Buffer.from(`${stamp} next\r\n`),
    ])
    for (const chunkBytes of [1_000, 16_415, 16_430, 100_000])
      expect(read(bytes, chunkBytes)).toEqual([text, 'next'])
  })

  it('joins the parts of a line of exactly 16 KiB', () => {
    const text = 'a'.repeat(16_383)
    expect(read(parts(Buffer.from(`${text}\r\n`)), 7_000)).toEqual([text])
  })

  it('joins parts in which the log driver has replaced each invalid byte with three bytes', () => {
    const replaced = '�'.repeat(16_384)
    const bytes = Buffer.from(`${stamp} ${replaced}${stamp} end\r\n`)
    expect(read(bytes, 10_000)).toEqual([`${replaced}end`])
  })

  it('removes the timestamp of the container’s next run from a line that the previous run has not ended', () => {
    const later = stamp.replace('22:00:00', '22:00:09')
    const bytes = Buffer.from(`${stamp} / # ${later} / # ls\r\n${later} bin\r\n`)
    for (const chunkBytes of [1, 40, 100]) expect(read(bytes, chunkBytes)).toEqual(['/ # / # ls', 'bin'])
  })

  it('treats a time that is earlier than the line’s timestamp as text of the line', () => {
    const text = `at ${stamp} it rained`
    expect(read(Buffer.from(`${stamp.replace('22:00', '22:01')} ${text}\r\n`), 100)).toEqual([text])
  })

  it('treats a time in the future as text of the line', () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000000Z')
    const text = `next run: ${soon} (UTC)`
    expect(read(Buffer.from(`${stamp} ${text}\r\n`), 100)).toEqual([text])
  })

  it('returns the last, unfinished line at the end', () => {
    const raw = new RawLines()
    expect(raw.push(Buffer.from(`${stamp} $ `))).toEqual([])
    expect(raw.end().map(({ payload }) => payload.toString())).toEqual([`${stamp} $ `])
    expect(raw.end()).toEqual([])
  })
})
