import { describe, expect, it } from 'vitest'
import { ownKey } from '../../../../../src/renderer/components/terminal/keys'

function press(key: string, held: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey', true>> = {}) {
  return { type: 'keydown', key, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...held }
}

describe('ownKey', () => {
  it('returns `leave` for Ctrl+Shift+Escape', () => {
    expect(ownKey(press('Escape', { ctrlKey: true, shiftKey: true }), false)).toBe('leave')
  })

  it('returns `copy` for Ctrl+C only if text is selected', () => {
    expect(ownKey(press('c', { ctrlKey: true }), true)).toBe('copy')
    expect(ownKey(press('c', { ctrlKey: true }), false)).toBeUndefined()
  })

  it.each([
    press('Tab'),
    press('d', { ctrlKey: true }),
    press('c'),
    press('Escape'),
    press('k', { ctrlKey: true }),
  ])('returns undefined for %j, so that the terminal handles the key', (event) => {
    expect(ownKey(event, true)).toBeUndefined()
  })

  it('handles a key press only once: on keydown, not on keyup', () => {
    expect(ownKey({ ...press('c', { ctrlKey: true }), type: 'keyup' }, true)).toBeUndefined()
  })
})
