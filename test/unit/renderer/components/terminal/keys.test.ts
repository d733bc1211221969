import { describe, expect, it } from 'vitest'
import { ownKey } from '../../../../../src/renderer/components/terminal/keys'

function press(key: string, held: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey', true>> = {}) {
  return { type: 'keydown', key, ctrlKey: false, shiftKey: false, altKey: false, metaKey: false, ...held }
}

describe('ownKey', () => {
  it('leaves the terminal with Ctrl+Shift+Escape', () => {
    expect(ownKey(press('Escape', { ctrlKey: true, shiftKey: true }), false)).toBe('leave')
  })

  it('copies with Ctrl+C only if text is selected', () => {
    expect(ownKey(press('c', { ctrlKey: true }), true)).toBe('copy')
    expect(ownKey(press('c', { ctrlKey: true }), false)).toBeUndefined()
  })

  it.each([
    press('Tab'),
    press('d', { ctrlKey: true }),
    press('c'),
    press('Escape'),
    press('k', { ctrlKey: true }),
  ])('leaves %j to the terminal', (event) => {
    expect(ownKey(event, true)).toBeUndefined()
  })

  it('handles each key press only once, on keydown', () => {
    expect(ownKey({ ...press('c', { ctrlKey: true }), type: 'keyup' }, true)).toBeUndefined()
  })
})
