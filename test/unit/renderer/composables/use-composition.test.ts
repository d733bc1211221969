import { expect, it } from 'vitest'
import { isComposing } from '../../../../src/renderer/composables/use-composition'

it.each([
  ['Chromium and Firefox', { isComposing: true, keyCode: 13 }, true],
  ['Chromium, for keys of the input method', { isComposing: true, keyCode: 229 }, true],
  ['Safari, after the end of the composition', { isComposing: false, keyCode: 229 }, true],
  ['an Enter outside a composition', { isComposing: false, keyCode: 13 }, false],
])('only an Enter that ends a composition is recognised as such: %s', (_, event, expected) => {
  expect(isComposing(event)).toBe(expected)
})
