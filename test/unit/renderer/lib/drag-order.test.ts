import { describe, expect, it } from 'vitest'
import { dropPlace, moveTo } from '../../../../src/renderer/lib/drag-order'

const items = ['a', 'b', 'c'].map((key, index) => ({ key, left: index * 100, width: 100 }))

describe('a dragged item', () => {
  it.each([
    ['a', 160, { key: 'c', side: 'before' }],
    ['a', 290, { key: 'c', side: 'after' }],
    ['a', 1000, { key: 'c', side: 'after' }],
    ['c', 20, { key: 'a', side: 'before' }],
    ['c', -50, { key: 'a', side: 'before' }],
    ['c', 60, { key: 'b', side: 'before' }],
  ])('%s at %d lands at %o', (key, x, place) => {
    expect(dropPlace(items, key, x)).toEqual(place)
  })

  it.each([
    ['b', 60],
    ['b', 150],
    ['b', 240],
    ['c', 900],
    ['gone', 100],
  ])('%s at %d stays where it is', (key, x) => {
    expect(dropPlace(items, key, x)).toBeUndefined()
  })
})

describe('moveTo', () => {
  it('puts an item before or after another one', () => {
    expect(moveTo(['a', 'b', 'c'], 'c', { key: 'a', side: 'before' })).toEqual(['c', 'a', 'b'])
    expect(moveTo(['a', 'b', 'c'], 'a', { key: 'c', side: 'after' })).toEqual(['b', 'c', 'a'])
    expect(moveTo(['a', 'b', 'c'], 'a', { key: 'b', side: 'after' })).toEqual(['b', 'a', 'c'])
  })

  it('changes nothing for an item that is gone', () => {
    expect(moveTo(['a', 'b'], 'x', { key: 'a', side: 'before' })).toEqual(['a', 'b'])
    expect(moveTo(['a', 'b'], 'a', { key: 'x', side: 'before' })).toEqual(['a', 'b'])
  })
})
