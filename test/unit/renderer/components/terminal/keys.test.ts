import { describe, expect, it } from 'vitest'
import { ownKey } from '../../../../../src/renderer/components/terminal/keys'

type Held = Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey', true>>

function press(key: string, held: Held = {}, code = `Key${key.toUpperCase()}`) {
  return {
    type: 'keydown',
    key,
    code,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    metaKey: false,
    ...held,
  }
}
const control = { ctrlKey: true } as const
const controlShift = { ctrlKey: true, shiftKey: true } as const
const command = { metaKey: true } as const

describe('ownKey', () => {
  it.each([
    ['leave', press('Escape', controlShift, 'Escape')],
    ['new-tab', press('~', controlShift, 'Backquote')],
    ['next-tab', press('PageDown', controlShift, 'PageDown')],
    ['previous-tab', press('PageUp', controlShift, 'PageUp')],
  ] as const)('returns `%s` on every system', (action, event) => {
    expect(ownKey(event, false, false)).toBe(action)
    expect(ownKey(event, false, true)).toBe(action)
  })

  it.each([
    ['copy', press('C', controlShift)],
    ['paste', press('V', controlShift)],
    ['find', press('F', controlShift)],
    ['larger', press('=', control, 'Equal')],
    ['larger', press('+', controlShift, 'Equal')],
    ['smaller', press('-', control, 'Minus')],
    ['usual-size', press('0', control, 'Digit0')],
  ] as const)('returns `%s` with Control on Linux and Windows only', (action, event) => {
    expect(ownKey(event, false, false)).toBe(action)
    expect(ownKey(event, false, true)).toBeUndefined()
  })

  it.each([
    ['find', press('f', command)],
    ['clear', press('k', command)],
    ['larger', press('=', command, 'Equal')],
    ['smaller', press('-', command, 'Minus')],
    ['usual-size', press('0', command, 'Digit0')],
  ] as const)('returns `%s` with Command on macOS only', (action, event) => {
    expect(ownKey(event, false, true)).toBe(action)
    expect(ownKey(event, false, false)).toBeUndefined()
  })

  it('returns `copy` for Ctrl+C only if text is selected, and never on macOS', () => {
    expect(ownKey(press('c', control), true, false)).toBe('copy')
    expect(ownKey(press('c', control), false, false)).toBeUndefined()
    expect(ownKey(press('c', control), true, true)).toBeUndefined()
  })

  it('finds the letter of a key on a Korean keyboard', () => {
    expect(ownKey(press('ㅊ', controlShift, 'KeyC'), false, false)).toBe('copy')
  })

  it.each([
    press('Tab', {}, 'Tab'),
    press('d', control),
    press('c'),
    press('Escape', {}, 'Escape'),
    press('k', control),
    press('v', control),
    press('_', controlShift, 'Minus'),
    press('PageUp', { shiftKey: true }, 'PageUp'),
    press('PageUp', control, 'PageUp'),
    press('c', { ctrlKey: true, altKey: true }),
  ])('returns undefined for %j, so that the terminal handles the key', (event) => {
    expect(ownKey(event, true, false)).toBeUndefined()
  })

  it('handles a key press only once: on keydown, not on keyup', () => {
    expect(ownKey({ ...press('c', control), type: 'keyup' }, true, false)).toBeUndefined()
  })
})
