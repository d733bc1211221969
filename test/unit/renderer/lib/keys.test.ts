import { describe, expect, it } from 'vitest'
import { isStep, isTypable, keyNames, KeySequences, sequencePauseMs } from '../../../../src/renderer/lib/keys'

function press(key: string, change: Partial<KeyboardEvent> = {}) {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  return { key, code: /^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : key, ...none, ...change }
}

describe('a step of keys', () => {
  it('is the key itself, with Control or Command if the keys have `mod`', () => {
    expect(isStep(press('?', { shiftKey: true }), '?')).toBe(true)
    expect(isStep(press('k', { ctrlKey: true }), 'mod+k')).toBe(true)
    expect(isStep(press('k', { metaKey: true }), 'mod+k')).toBe(true)
    expect(isStep(press('k'), 'mod+k')).toBe(false)
    expect(isStep(press('k', { ctrlKey: true, shiftKey: true }), 'mod+k')).toBe(false)
    expect(isStep(press('k', { ctrlKey: true, altKey: true }), 'mod+k')).toBe(false)
    expect(isStep(press('g', { ctrlKey: true }), 'g')).toBe(false)
  })

  it('is the place of a letter, whatever the keyboard’s language', () => {
    expect(isStep(press('ㅎ', { code: 'KeyG' }), 'g')).toBe(true)
    expect(isStep(press('ㅏ', { code: 'KeyK', ctrlKey: true }), 'mod+k')).toBe(true)
  })
})

describe('sequences', () => {
  const bindings = [{ keys: 'g c' }, { keys: 'g i' }, { keys: '?' }, { keys: 'mod+k' }]

  it('run at their last key', () => {
    const sequences = new KeySequences()
    expect(sequences.press(press('g'), 0, bindings)).toBeUndefined()
    expect(sequences.press(press('i'), 100, bindings)).toEqual({ keys: 'g i' })
    expect(sequences.press(press('i'), 200, bindings)).toBeUndefined()
    expect(sequences.press(press('?'), 300, bindings)).toEqual({ keys: '?' })
  })

  it('end with a pause or another key, which may begin a new sequence', () => {
    const sequences = new KeySequences()
    sequences.press(press('g'), 0, bindings)
    expect(sequences.press(press('c'), sequencePauseMs + 1, bindings)).toBeUndefined()
    sequences.press(press('g'), 10_000, bindings)
    expect(sequences.press(press('k', { ctrlKey: true }), 10_100, bindings)).toEqual({ keys: 'mod+k' })
    sequences.press(press('g'), 20_000, bindings)
    sequences.press(press('g'), 20_100, bindings)
    expect(sequences.press(press('c'), 20_200, bindings)).toEqual({ keys: 'g c' })
  })
})

it('keys without Control or Command can be typed by accident', () => {
  expect(['?', 'g c', 'mod+k'].map(isTypable)).toEqual([true, true, false])
})

it('keys have the names of the platform', () => {
  expect(keyNames('mod+k', false)).toEqual([['Ctrl', 'K']])
  expect(keyNames('mod+k', true)).toEqual([['⌘', 'K']])
  expect(keyNames('g c', true)).toEqual([['G'], ['C']])
  expect(keyNames('shift+ArrowDown', false)).toEqual([['Shift', '↓']])
  expect(keyNames('mod+Plus', true)).toEqual([['⌘', '+']])
})
