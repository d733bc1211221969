import { describe, expect, it } from 'vitest'
import {
  containsAddress,
  containsRange,
  hasHostBits,
  parseAddress,
  parseRange,
  rangesOverlap,
  rangeText,
} from '../../../src/shared/ip-ranges'

function range(text: string) {
  const parsed = parseRange(text)
  if (parsed === undefined) throw new Error(`no range: ${text}`)
  return parsed
}

describe('parseAddress', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['10.0.2.15', 4, 0x0a00020fn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['fd00::5', 6, 0xfd000000000000000000000000000005n],
    ['1:2:3:4:5:6:7:8', 6, 0x00010002000300040005000600070008n],
    ['::ffff:10.0.0.1', 6, 0xffff0a000001n],
  ])('reads %s', (text, family, value) => {
    expect(parseAddress(text)).toEqual({ family, value })
  })

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '1:2:3',
    '1::2::3',
    ':::',
    'fd00::g',
    '1:2:3:4:5:6:7:8:9',
    'web',
  ])('refuses %s', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('parseRange', () => {
  it('begins at the first address of the block', () => {
    expect(rangeText(range('10.1.2.3/8'))).toBe('10.0.0.0/8')
    expect(rangeText(range('fd00::5/64'))).toBe('fd00:0:0:0:0:0:0:0/64')
    expect([hasHostBits('10.1.2.3/8'), hasHostBits('10.0.0.0/8')]).toEqual([true, false])
  })

  it.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/-1', '10.0.0.0/8/8', '/8'])(
    'refuses %s',
    (text) => {
      expect(parseRange(text)).toBeUndefined()
    },
  )
})

describe('blocks', () => {
  it('overlap if they have an address in common', () => {
    expect(rangesOverlap(range('10.0.0.0/8'), range('10.200.0.0/16'))).toBe(true)
    expect(rangesOverlap(range('10.0.0.0/16'), range('10.1.0.0/16'))).toBe(false)
    expect(rangesOverlap(range('0.0.0.0/0'), range('::/0'))).toBe(false)
  })

  it('contain smaller blocks and addresses of their own family', () => {
    expect(containsRange(range('10.0.0.0/8'), range('10.5.0.0/16'))).toBe(true)
    expect(containsRange(range('10.5.0.0/16'), range('10.0.0.0/8'))).toBe(false)
    expect(containsAddress(range('10.0.0.0/8'), '10.255.255.255')).toBe(true)
    expect(containsAddress(range('10.0.0.0/8'), '11.0.0.0')).toBe(false)
    expect(containsAddress(range('::/0'), '10.0.0.1')).toBe(false)
  })
})
