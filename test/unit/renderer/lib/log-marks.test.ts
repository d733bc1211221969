import { describe, expect, it } from 'vitest'
import { markedParts } from '../../../../src/renderer/lib/log-marks'

const red = { classes: ['fg-ansi-red'], style: {} }
const plain = { classes: [], style: {} }

describe('markedParts', () => {
  it('marks every match, also across a change of the colour', () => {
    const parts = [
      { text: 'an er', ...plain },
      { text: 'ror, error', ...red },
    ]
    expect(markedParts(parts, /error/g).map(({ text, found }) => [text, found])).toEqual([
      ['an ', undefined],
      ['er', true],
      ['ror', true],
      [', ', undefined],
      ['error', true],
    ])
  })

  it('changes nothing without a match, or if the expression matches empty text', () => {
    const parts = [{ text: 'abc', ...plain }]
    expect(markedParts(parts, /x/g)).toEqual(parts)
    expect(markedParts(parts, /x*/g)).toEqual(parts)
    expect(markedParts(parts, undefined)).toEqual(parts)
  })
})
