import { describe, expect, it } from 'vitest'
import { withRendition, plainStyle } from '../../../../src/renderer/lib/terminal-style'
import { columnAfter, splitRows, styleAfter, textParts } from '../../../../src/renderer/lib/terminal-text'

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)

/** Returns the text without its classes and styles. */
function shown(text: string): string {
  return textParts(text)
    .map((part) => part.text)
    .join('')
}

describe('textParts', () => {
  it('returns plain text as one part without colour', () => {
    expect(textParts('plain <b>text</b>')).toEqual([{ text: 'plain <b>text</b>', classes: [], style: {} }])
  })

  it('turns named colours and decorations into classes, so that each theme can choose the shade', () => {
    expect(textParts(`${escape}[1;92;41mok${escape}[0m rest`)).toEqual([
      { text: 'ok', classes: ['ansi-bold', 'fg-ansi-bright-green', 'bg-ansi-red'], style: {} },
      { text: ' rest', classes: [], style: {} },
    ])
  })

  it('turns palette colours and true colours into CSS colours', () => {
    expect(textParts(`${escape}[38;5;208ma`)[0]?.style).toEqual({ color: 'rgb(255, 135, 0)' })
    expect(textParts(`${escape}[48;5;244ma`)[0]?.style).toEqual({ backgroundColor: 'rgb(128, 128, 128)' })
    expect(textParts(`${escape}[38;2;1;2;3ma`)[0]?.style).toEqual({ color: 'rgb(1, 2, 3)' })
  })

  it('removes sequences that move the cursor to a place on the screen, set a title or ring the bell', () => {
    expect(shown(`a${escape}[2J${escape}[1;1Hb${escape}]0;title${bell}c${bell}\td\r`)).toBe('abc\td')
    expect(shown(`a${escape}(B${escape}=b${escape}Pq;data${escape}\\c${escape}[?25l`)).toBe('abc')
  })

  it.each([
    ['a progress bar', '  1%\r 50%\r100%', '100%'],
    ['a shorter text over a longer one', 'abcdef\rxy', 'xycdef'],
    ['a carriage return at the end', 'abc\r', 'abc'],
    ['a backspace', 'abc\b\bX', 'aXc'],
    ['an erased end of the line', `abcdef\rxy${escape}[K`, 'xy'],
    ['an erased whole line', `abcdef${escape}[2K\rxy`, 'xy'],
    ['an erased beginning of the line', `abcdef${escape}[3D${escape}[1K`, '    ef'],
    ['a cursor movement to a column number', `abc${escape}[6Gdef${escape}[1GX`, 'Xbc  def'],
    ['cursor movements to the left and right', `abc${escape}[2DX${escape}[CY`, 'aXcY'],
    ['deleted and inserted columns', `abcdef${escape}[1G${escape}[2P${escape}[@`, ' cdef'],
    ['blanked columns', `abcdef${escape}[2G${escape}[3X`, 'a   ef'],
    ['wide characters', '한글\rab', 'ab글'],
    ['half of a wide character', '한글\ra', 'a 글'],
    ['combining characters', `e\u0301x\ry`, 'yx'],
    ['tabs', 'a\tb\rX', 'X       b'],
    ['a column far to the right', `a${escape}[99999Gb`, `a${' '.repeat(499)}b`],
  ])('overwrites as a terminal does: %s', (_, text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it('keeps the colours of text that was not overwritten', () => {
    expect(textParts(`${escape}[31mabc${escape}[0m\rX`)).toMatchObject([
      { text: 'X', classes: [] },
      { text: 'bc', classes: ['fg-ansi-red'] },
    ])
  })

  it('marks control characters that a terminal would not show', () => {
    const parts = textParts(`a${String.fromCharCode(0, 1)}b${String.fromCharCode(127, 0x85)}`)
    expect(parts.map(({ text }) => text)).toEqual(['a', '␀', '␁', 'b', '␡', '<85>'])
    expect(parts.map(({ mark }) => mark === true)).toEqual([false, true, true, false, true, true])
    expect(shown(`abc${String.fromCharCode(1)}\rX`)).toBe('Xbc␁')
  })

  it('begins in the style in which the previous line ended', () => {
    const red = withRendition(plainStyle, '31')
    expect(textParts('still red', red)).toMatchObject([{ text: 'still red', classes: ['fg-ansi-red'] }])
    expect(textParts(`red${escape}[mplain`, red)).toMatchObject([
      { classes: ['fg-ansi-red'] },
      { classes: [] },
    ])
  })

  it('gives inverse text in a palette colour the colour of the page as its own', () => {
    const [part] = textParts(`${escape}[38;5;208;7ma`)
    expect(part?.style).toEqual({ color: 'var(--ui-bg)', backgroundColor: 'rgb(255, 135, 0)' })
  })

  it('knows kinds of underlines, and ignores the colour of an underline', () => {
    expect(textParts(`${escape}[4:3ma`)[0]?.classes).toEqual(['ansi-underline'])
    expect(textParts(`${escape}[4m${escape}[4:0ma`)[0]?.classes).toEqual([])
    expect(textParts(`${escape}[58;5;1;32ma`)[0]?.classes).toEqual(['fg-ansi-green'])
    expect(textParts(`${escape}[58:2::1:2:3ma`)[0]?.classes).toEqual([])
  })

  it('swaps the colours of inverse text', () => {
    expect(textParts(`${escape}[31;42;7ma`)[0]?.classes).toEqual(['fg-ansi-green', 'bg-ansi-red'])
  })

  it('reads colour sequences with colons', () => {
    expect(textParts(`${escape}[38:2::1:2:3ma${escape}[38:5:208mb`).map(({ style }) => style.color)).toEqual([
      'rgb(1, 2, 3)',
      'rgb(255, 135, 0)',
    ])
  })

  it('ends each decoration at the code that belongs to it', () => {
    expect(textParts(`${escape}[1;3;4;9ma${escape}[22;24mb`).map(({ classes }) => classes)).toEqual([
      ['ansi-bold', 'ansi-italic', 'ansi-underline', 'ansi-strikethrough'],
      ['ansi-italic', 'ansi-strikethrough'],
    ])
  })

  it('shows nothing for an empty line', () => {
    expect(textParts('')).toEqual([])
  })
})

describe('styleAfter', () => {
  it('returns the style in which the next line begins', () => {
    const style = styleAfter(`a${escape}[1;31mb`, plainStyle)
    expect(style).toMatchObject({ decorations: ['bold'], foreground: 'red' })
    expect(styleAfter('no sequence', style)).toBe(style)
    expect(styleAfter(`end${escape}[0m`, style)).toEqual(plainStyle)
  })
})

describe('splitRows', () => {
  it('splits a text where the cursor moves to another row, and where a sequence erases everything below the cursor', () => {
    expect(splitRows(`a${escape}[2Ab${escape}[Ec${escape}[Jd`)).toEqual([
      { text: 'a', down: 0, keepsColumn: false, erasesBelow: false },
      { text: 'b', down: -2, keepsColumn: true, erasesBelow: false },
      { text: 'c', down: 1, keepsColumn: false, erasesBelow: false },
      { text: `${escape}[Kd`, down: 0, keepsColumn: true, erasesBelow: true },
    ])
  })
})

describe('columnAfter', () => {
  it('counts columns, not characters', () => {
    expect(columnAfter('abc')).toBe(3)
    expect(columnAfter(`한${escape}[31m글`)).toBe(4)
    expect(columnAfter('abc\rx')).toBe(1)
  })
})
