import { describe, expect, it } from 'vitest'
import { pasteText, runsOnPaste } from '../../../../src/renderer/lib/paste'

describe('pasteText', () => {
  it('removes control characters, so that a text cannot end a bracketed paste', () => {
    expect(pasteText('a\u001b[201~\u0003b\u009b1~\u007f')).toBe('a[201~b1~')
  })

  it('keeps tabs, line ends and every printable character', () => {
    expect(pasteText('a\tb\r\nc\n한글 ✓')).toBe('a\tb\r\nc\n한글 ✓')
  })
})

describe('runsOnPaste', () => {
  it.each(['a\nb', 'a\r', '\n'])('is true for %j without bracketed paste', (text) => {
    expect(runsOnPaste(text, false)).toBe(true)
    expect(runsOnPaste(text, true)).toBe(false)
  })

  it('is false for a single line', () => {
    expect(runsOnPaste('rm -rf folder', false)).toBe(false)
  })
})
