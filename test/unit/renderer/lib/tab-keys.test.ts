import { expect, it } from 'vitest'
import { nextTab } from '../../../../src/renderer/lib/tab-keys'

it.each([
  ['ArrowRight', 0, 1],
  ['ArrowRight', 2, 0],
  ['ArrowLeft', 0, 2],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['Enter', 0, undefined],
])('%s in tab %i of three moves to tab %j', (key, index, next) => {
  expect(nextTab(key, index, 3)).toBe(next)
})

it('no key moves in an empty strip', () => {
  expect(nextTab('ArrowRight', 0, 0)).toBeUndefined()
})
