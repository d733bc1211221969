import { describe, expect, it } from 'vitest'
import { columnsFor, nextRow, sortRows } from '../../../../src/renderer/lib/table'

describe('columnsFor', () => {
  const columns = [
    { key: 'name', label: 'Name', width: '1fr' },
    { key: 'id', label: 'ID', width: '1fr', from: 800 },
  ]

  it('omits the columns that do not fit into a narrow table', () => {
    expect(columnsFor(columns, 799).map(({ key }) => key)).toEqual(['name'])
    expect(columnsFor(columns, 800).map(({ key }) => key)).toEqual(['name', 'id'])
  })
})

describe('sortRows', () => {
  it('puts web-2 before web-10', () => {
    expect(sortRows(['web-10', 'Web-2', 'api'], (name) => name, false)).toEqual(['api', 'Web-2', 'web-10'])
  })

  it('sorts numbers by value, and in descending order on request', () => {
    expect(sortRows([10, 9, 100], (value) => value, true)).toEqual([100, 10, 9])
  })

  it('keeps the order of equal rows and does not change the input array', () => {
    const rows = [
      { name: 'b', id: 1 },
      { name: 'a', id: 2 },
      { name: 'b', id: 3 },
    ]
    expect(sortRows(rows, ({ name }) => name, false).map(({ id }) => id)).toEqual([2, 1, 3])
    expect(rows[0]?.id).toBe(1)
  })
})

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
  ])('%s moves the focus from row %d to row %d', (key, current, next) => {
    expect(nextRow(key, current, 100, 10)).toBe(next)
  })

  it('returns undefined for other keys', () => {
    expect(nextRow('Enter', 5, 100, 10)).toBeUndefined()
    expect(nextRow('a', 5, 100, 10)).toBeUndefined()
  })

  it('returns undefined for an empty table', () => {
    expect(nextRow('ArrowDown', 0, 0, 10)).toBeUndefined()
  })
})
