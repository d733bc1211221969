import { describe, expect, it } from 'vitest'
import { ansiParts } from '../../../../src/renderer/lib/ansi'

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)

describe('ansiParts', () => {
  it('returns plain text as one part without colour', () => {
    expect(ansiParts('plain <b>text</b>')).toEqual([{ text: 'plain <b>text</b>', classes: [], style: {} }])
  })

  it('turns named colours and decorations into classes, so that each theme can choose the shade', () => {
    expect(ansiParts(`${escape}[1;92;41mok${escape}[0m rest`)).toEqual([
      { text: 'ok', classes: ['ansi-bold', 'fg-ansi-bright-green', 'bg-ansi-red'], style: {} },
      { text: ' rest', classes: [], style: {} },
    ])
  })

  it('turns palette colours and true colours into CSS colours', () => {
    expect(ansiParts(`${escape}[38;5;208ma`)[0]?.style).toEqual({ color: 'rgb(255, 135, 0)' })
    expect(ansiParts(`${escape}[48;5;244ma`)[0]?.style).toEqual({ backgroundColor: 'rgb(128, 128, 128)' })
    expect(ansiParts(`${escape}[38;2;1;2;3ma`)[0]?.style).toEqual({ color: 'rgb(1, 2, 3)' })
  })

  it('removes sequences that move the cursor, set a title or ring the bell', () => {
    const line = `a${escape}[2J${escape}[1;1Hb${escape}]0;title${bell}c${bell}\td\r`
    expect(
      ansiParts(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe('abc\td')
  })

  it('shows nothing for an empty line', () => {
    expect(ansiParts('')).toEqual([])
  })
})
