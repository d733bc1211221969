import { expect, test, vi } from 'vitest'
import { useMenuEnter } from '../../../../src/renderer/composables/use-menu-enter'

function press(onKey: ReturnType<typeof useMenuEnter>, ...keys: string[]): number {
  const stopPropagation = vi.fn()
  for (const key of keys) onKey({ key, isComposing: false, stopPropagation })
  return stopPropagation.mock.calls.length
}

test('Enter leaves the typed text to the form, and closes the menu', () => {
  const close = vi.fn()
  expect(press(useMenuEnter(close), 'a', 'Enter')).toBe(1)
  expect(close).toHaveBeenCalledOnce()
})

test('Enter takes the entry to which the user has moved', () => {
  const close = vi.fn()
  expect(press(useMenuEnter(close), 'a', 'ArrowDown', 'Enter')).toBe(0)
  expect(close).not.toHaveBeenCalled()
})

test('a letter after a move makes Enter leave the text to the form again', () => {
  expect(press(useMenuEnter(vi.fn()), 'ArrowDown', 'b', 'Enter')).toBe(1)
})

test('Enter that ends the input of a character does nothing', () => {
  const stopPropagation = vi.fn()
  useMenuEnter(vi.fn())({ key: 'Enter', isComposing: true, stopPropagation })
  expect(stopPropagation).not.toHaveBeenCalled()
})
