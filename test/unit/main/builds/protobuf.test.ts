import { describe, expect, it } from 'vitest'
import { ProtobufMessage } from '../../../../src/main/builds/protobuf'

const message = (...bytes: number[]) => new ProtobufMessage(Buffer.from(bytes))

describe('a message of Protocol Buffers', () => {
  it('has numbers, texts, maps and times', () => {
    expect(message(0x08, 0x96, 0x01).number(1)).toBe(150)
    expect(message(0x0a, 1, 0x61, 0x0a, 1, 0x62).texts(1)).toEqual(['a', 'b'])
    expect(message(0x0a, 1, 0x61, 0x0a, 1, 0x62).text(1)).toBe('b')
    expect([...message(0x1a, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62).map(3)]).toEqual([['a', 'b']])
    const nanos = [0x10, 0xc0, 0x84, 0x3d]
    expect(message(0x32, 6, 0x08, 2, ...nanos).time(6)).toBe(2001)
  })

  it('skips fields of other types, and is empty without a field', () => {
    const fixed = [0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0, 0]
    const found = message(...fixed, 0x20, 1)
    expect([found.number(4), found.number(9), found.text(4), found.time(5)]).toEqual([1, 0, '', null])
    expect(found.message(6)).toBeUndefined()
  })

  it.each([
    ['a cut field', [0x0a, 5, 0x61]],
    ['a cut number', [0x08, 0x80]],
    ['a number without an end', [0x08, ...Array<number>(11).fill(0xff)]],
    ['an unknown type', [0x0b]],
  ])('is refused with %s', (_, bytes) => {
    expect(() => message(...bytes)).toThrow(RangeError)
  })
})
