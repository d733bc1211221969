import { expect, it } from 'vitest'
import { isComposing } from '../../../../src/renderer/composables/use-composition'

it.each([
  ['Chromium and Firefox', { isComposing: true, keyCode: 13 }, true],
  ['Chromium, for keys of the input method', { isComposing: true, keyCode: 229 }, true],
  ['Safari, after the end of the composition', { isComposing: false, keyCode: 229 }, true],
  ['an Enter of its own', { isComposing: false, keyCode: 13 }, false],
])('the Enter that ends a composition is recognised: %s', (_, event, expected) => {
  expect(isComposing(event)).toBe(expected)
})
