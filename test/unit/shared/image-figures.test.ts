import { expect, test } from 'vitest'
import { efficiency, sharedLayerCount, wastedBytes } from '../../../src/shared/image-figures'

const layer = (bytes: number, wasted: number) => ({ bytes, files: 1, wasted })

test('the efficiency is the share of bytes that are not wasted', () => {
  expect(efficiency({ layers: [layer(100, 30), layer(100, 0)] })).toBe(0.85)
  expect(wastedBytes({ layers: [layer(100, 30), layer(100, 7)] })).toBe(37)
  expect(efficiency({ layers: [layer(50, 50), layer(0, 0)] })).toBe(0)
})

test('an image without files wastes nothing', () => {
  expect(efficiency({ layers: [] })).toBe(1)
  expect(efficiency({ layers: [layer(0, 0)] })).toBe(1)
})

test('layers are shared from the lowest one upwards only', () => {
  expect(sharedLayerCount(['a', 'b', 'c'], ['a', 'b', 'd'])).toBe(2)
  expect(sharedLayerCount(['a', 'b'], ['a', 'b', 'c'])).toBe(2)
  expect(sharedLayerCount(['a', 'b', 'c'], ['a', 'b'])).toBe(2)
  expect(sharedLayerCount(['x', 'b'], ['a', 'b'])).toBe(0)
  expect(sharedLayerCount([], ['a'])).toBe(0)
})
