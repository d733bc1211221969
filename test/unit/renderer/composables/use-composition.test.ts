import { expect, it } from 'vitest'
import { isComposing } from '../../../../src/renderer/composables/use-composition'

it.each([
  ['Chromium and Firefox', { isComposing: true, keyCode: 13 }, true],
  ['Chromium, for a key that the input method handles', { isComposing: true, keyCode: 229 }, true],
  ['Safari, after the end of the composition', { isComposing: false, keyCode: 229 }, true],
  ['an Enter key outside a composition', { isComposing: false, keyCode: 13 }, false],
])('isComposing is true only for a key that belongs to a composition: %s', (_, event, expected) => {
  expect(isComposing(event)).toBe(expected)
})
