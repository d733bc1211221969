import { describe, expect, it } from 'vitest'
import { matches, sortRows } from '../../../../src/renderer/lib/search'
import { columnsFor } from '../../../../src/renderer/lib/table'
import { textHits } from '../../../../src/renderer/lib/text-hits'

describe('matches', () => {
  it('finds every word somewhere, in whatever case', () => {
    expect(matches('WEB 5000', ['web-server', '5000→8080/tcp'])).toBe(true)
    expect(matches('web 6000', ['web-server', '5000→8080/tcp'])).toBe(false)
  })

  it('finds everything with an empty query', () => {
    expect(matches('', [])).toBe(true)
  })

  it('does not find a word across two columns', () => {
    expect(matches('ab', ['a', 'b'])).toBe(false)
  })
})

describe('sortRows', () => {
  it('puts web-2 before web-10', () => {
    expect(sortRows(['web-10', 'Web-2', 'api'], (name) => name, false)).toEqual(['api', 'Web-2', 'web-10'])
  })

  it('sorts numbers by value, and backwards when asked to', () => {
    expect(sortRows([10, 9, 100], (value) => value, true)).toEqual([100, 10, 9])
  })

  it('keeps the order of equals and leaves the rows it was given alone', () => {
    const rows = [
      { name: 'b', id: 1 },
      { name: 'a', id: 2 },
      { name: 'b', id: 3 },
    ]
    expect(sortRows(rows, ({ name }) => name, false).map(({ id }) => id)).toEqual([2, 1, 3])
    expect(rows[0]?.id).toBe(1)
  })
})

describe('columnsFor', () => {
  const columns = [
    { key: 'name', label: 'Name', width: '1fr' },
    { key: 'id', label: 'ID', width: '1fr', from: 800 },
  ]

  it('drops columns that a narrow table has no room for', () => {
    expect(columnsFor(columns, 799).map(({ key }) => key)).toEqual(['name'])
    expect(columnsFor(columns, 800).map(({ key }) => key)).toEqual(['name', 'id'])
  })
})

describe('textHits', () => {
  it('cuts the text at every hit and numbers them', () => {
    expect(textHits('Port and port', 'PORT')).toEqual([
      { text: 'Port', hit: 0 },
      { text: ' and ', hit: undefined },
      { text: 'port', hit: 1 },
    ])
  })

  it('loses nothing of the text', () => {
    const parts = textHits('aaaa', 'aa')
    expect(parts.map(({ text }) => text).join('')).toBe('aaaa')
    expect(textHits('text', '')).toEqual([{ text: 'text', hit: undefined }])
    expect(textHits('text', 'z')).toEqual([{ text: 'text', hit: undefined }])
  })
})
