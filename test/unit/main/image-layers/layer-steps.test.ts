import { expect, test } from 'vitest'
import { layersOfSteps } from '../../../../src/main/image-layers/layer-steps'

const sizes = (...all: number[]) => all.map((size) => ({ size }))

test('the configuration tells which steps have made a layer, also an empty one', () => {
  expect(layersOfSteps(sizes(5, 0, 0, 7), 3, [false, true, false, false])).toEqual([1, null, 2, 3])
})

test('without the configuration, only a certain assignment counts', () => {
  expect(layersOfSteps(sizes(5, 0, 7), 2, undefined)).toEqual([1, null, 2])
  expect(layersOfSteps(sizes(5, 0), 2, undefined)).toEqual([1, 2])
  // Two layers are empty, and there are three steps without a size.
  expect(layersOfSteps(sizes(5, 0, 0, 0), 3, undefined)).toBeUndefined()
})

test('a history that does not fit the layers is not used', () => {
  expect(layersOfSteps([], 2, [])).toBeUndefined()
  expect(layersOfSteps(sizes(5, 6, 7), 2, [false, false, false])).toBeUndefined()
  // The configuration belongs to another history.
  expect(layersOfSteps(sizes(5, 0), 1, [false])).toEqual([1, null])
})
