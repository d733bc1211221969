import { describe, expect, it } from 'vitest'
import { columnsFor, nextRow, RowSorter } from '../../../../src/renderer/lib/table'

describe('columnsFor', () => {
  const columns = [
    { key: 'name', label: 'Name', width: '1fr' },
    { key: 'id', label: 'ID', width: '1fr', from: 800 },
  ]

  it('omits the columns that do not fit into a narrow table', () => {
    expect(columnsFor(columns, 799).map(({ key }) => key)).toEqual(['name'])
    expect(columnsFor(columns, 800).map(({ key }) => key)).toEqual(['name', 'id'])
  })

  it('omits the least important columns if the chosen columns do not fit together', () => {
    const chosen = [
      { key: 'id', label: 'ID', width: '1fr', from: 500, least: 100 },
      { key: 'name', label: 'Name', width: '1fr', fixed: true, least: 200 },
      { key: 'image', label: 'Image', width: '1fr', from: 400, least: 100 },
    ]
    expect(columnsFor(chosen, 600, 50).map(({ key }) => key)).toEqual(['id', 'name', 'image'])
    expect(columnsFor(chosen, 600, 200).map(({ key }) => key)).toEqual(['name', 'image'])
    expect(columnsFor(chosen, 600, 590).map(({ key }) => key)).toEqual(['name'])
  })
})

describe('RowSorter', () => {
  const names = { key: (name: string) => name, value: (name: string) => name, descending: false }

  it('puts web-2 before web-10', () => {
    expect(new RowSorter<string>().sort(['web-10', 'Web-2', 'api'], names)).toEqual([
      'api',
      'Web-2',
      'web-10',
    ])
  })

  it('sorts numbers by value, and in descending order on request', () => {
    const by = { key: String, value: (value: number) => value, descending: true }
    expect(new RowSorter<number>().sort([10, 9, 100], by)).toEqual([100, 10, 9])
  })

  it('keeps the order of equal rows and does not change the input array', () => {
    const rows = [
      { name: 'b', id: 1 },
      { name: 'a', id: 2 },
      { name: 'b', id: 3 },
    ]
    const by = {
      key: ({ id }: { id: number }) => String(id),
      value: ({ name }: { name: string }) => name,
      descending: false,
    }
    const sorter = new RowSorter<(typeof rows)[number]>()
    expect(sorter.sort(rows, by).map(({ id }) => id)).toEqual([2, 1, 3])
    expect(rows[0]?.id).toBe(1)
  })

  it('gives the same order after a change as a new sorter does', () => {
    const sorter = new RowSorter<{ id: number; value: number }>()
    const by = {
      key: ({ id }: { id: number }) => String(id),
      value: ({ value }: { value: number }) => value,
      descending: false,
    }
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, value: (id * 7919) % 50 }))
    sorter.sort(rows, by)
    const changed = rows.flatMap((row) => (row.id === 3 ? [] : [row.id === 9 ? { ...row, value: 25 } : row]))
    changed.push({ id: 500, value: 25 })
    expect(sorter.sort(changed, by)).toEqual(new RowSorter<{ id: number; value: number }>().sort(changed, by))
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
