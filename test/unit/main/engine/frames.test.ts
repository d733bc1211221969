import { describe, expect, it } from 'vitest'
import { FrameParser } from '../../../../src/main/engine/frames'
import { frame } from '../../../support/engine-server'

function parse(chunks: Buffer[]): string[] {
  const parser = new FrameParser()
  return chunks
    .flatMap((chunk) => parser.push(chunk))
    .map(({ stream, payload }) => `${stream}:${payload.toString()}`)
}

describe('FrameParser', () => {
  const bytes = Buffer.concat([frame(1, 'one\n'), frame(2, 'two\n'), frame(1, ''), frame(1, 'three\n')])
  const expected = ['stdout:one\n', 'stderr:two\n', 'stdout:', 'stdout:three\n']

  it('separates several frames in one chunk', () => {
    expect(parse([bytes])).toEqual(expected)
  })

  it('joins frames no matter where the chunks are cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(parse([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected)
    expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected)
  })

  it('does not return an unfinished frame', () => {
    expect(parse([frame(1, 'unfinished').subarray(0, 12)])).toEqual([])
  })

  it('counts the engine’s own errors as stderr', () => {
    const error = frame(1, 'broken')
    error.writeUInt8(3, 0)
    expect(parse([error])).toEqual(['stderr:broken'])
  })

  it('rejects bytes that are not frames', () => {
    expect(() => parse([Buffer.from('hello, this is a terminal\r\n')])).toThrow(
      'not a multiplexed engine stream',
    )
    const endless = frame(1, '')
    endless.writeUInt32BE(0xffffffff, 4)
    expect(() => parse([endless])).toThrow('not a multiplexed engine stream')
  })
})
