import { describe, expect, it } from 'vitest'
import { arrangeColumns, dropColumn, isShown, moveColumn } from '../../../../src/renderer/lib/column-layout'

const columns = [
  { key: 'name', fixed: true },
  { key: 'status' },
  { key: 'cpu', optional: true },
  { key: 'image' },
]
const keys = (order: string[]) => arrangeColumns(columns, order).map(({ key }) => key)

describe('the layout of a table', () => {
  it('has the default order until the user moves a column', () => {
    expect(keys([])).toEqual(['name', 'status', 'cpu', 'image'])
  })

  it('has the user’s order, and the fixed column first', () => {
    expect(keys(['image', 'name', 'cpu', 'status'])).toEqual(['name', 'image', 'cpu', 'status'])
  })

  it('puts a column of a newer version after the column that it follows by default', () => {
    expect(keys(['name', 'image', 'status'])).toEqual(['name', 'image', 'status', 'cpu'])
    expect(keys(['name', 'status', 'gone', 'image'])).toEqual(['name', 'status', 'cpu', 'image'])
  })

  it('moves a column by one place, but neither the fixed column nor a column at the end', () => {
    expect(moveColumn(columns, 'cpu', -1)).toEqual(['name', 'cpu', 'status', 'image'])
    expect(moveColumn(columns, 'status', -1)).toEqual(['name', 'status', 'cpu', 'image'])
    expect(moveColumn(columns, 'image', 1)).toEqual(['name', 'status', 'cpu', 'image'])
    expect(moveColumn(columns, 'name', 1)).toEqual(['name', 'status', 'cpu', 'image'])
  })

  it('shows the columns that the user has chosen', () => {
    expect(
      columns.map((column) => isShown(column, { shown: { cpu: true, status: false, name: false } })),
    ).toEqual([true, false, true, true])
    expect(isShown({ key: 'constructor' }, { shown: {} })).toBe(true)
  })

  it('has a dropped column at its place, and fixed columns where they are', () => {
    const order = ['name', 'status', 'cpu', 'image']
    expect(dropColumn(columns, 'image', { key: 'status', side: 'before' })).toEqual([
      'name',
      'image',
      'status',
      'cpu',
    ])
    expect(dropColumn(columns, 'image', { key: 'name', side: 'before' })).toEqual(order)
    expect(dropColumn(columns, 'name', { key: 'image', side: 'after' })).toEqual(order)
  })
})
