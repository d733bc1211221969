import { describe, expect, it } from 'vitest'
import { ElementPool } from '../../../../src/renderer/lib/element-pool'

describe('ElementPool', () => {
  it('keeps the element of a visible row, and reuses the elements of rows that are no longer visible', () => {
    const pool = new ElementPool()
    const assign = (...keys: string[]) =>
      Object.fromEntries(pool.assign(keys.map((key) => ({ key }))).map(({ key, element }) => [key, element]))
    expect(assign('a', 'b', 'c')).toEqual({ a: 0, b: 1, c: 2 })
    expect(assign('b', 'c', 'd', 'e')).toEqual({ b: 1, c: 2, d: 0, e: 3 })
    expect(assign('x', 'y')).toEqual({ x: 0, y: 1 })
    expect(assign()).toEqual({})
  })
  it('creates no new elements if as many rows disappear as become visible', () => {
    const pool = new ElementPool()
    const made = new Set<number>()
    for (let first = 0; first < 300; first += 7) {
      const rows = Array.from({ length: 25 }, (_, index) => ({ key: `row ${String(first + index)}` }))
      for (const { element } of pool.assign(rows)) made.add(element)
    }
    expect(made.size).toBe(25)
  })
})
