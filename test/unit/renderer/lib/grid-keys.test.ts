import { describe, expect, it } from 'vitest'
import { nextRow } from '../../../../src/renderer/lib/grid-keys'

describe('nextRow', () => {
  it.each<[string, number, number]>([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 99, 99],
    ['ArrowUp', 5, 4],
    ['ArrowUp', 0, 0],
    ['PageDown', 5, 15],
    ['PageDown', 95, 99],
    ['PageUp', 15, 5],
    ['PageUp', 5, 0],
    ['Home', 50, 0],
    ['End', 50, 99],
  ])('%s takes row %d to row %d', (key, current, next) => {
    expect(nextRow(key, current, 100, 10)).toBe(next)
  })

  it('leaves other keys alone', () => {
    expect(nextRow('Enter', 5, 100, 10)).toBeUndefined()
    expect(nextRow('a', 5, 100, 10)).toBeUndefined()
  })

  it('has nowhere to go in an empty table', () => {
    expect(nextRow('ArrowDown', 0, 0, 10)).toBeUndefined()
  })
})
