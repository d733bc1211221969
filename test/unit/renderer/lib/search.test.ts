import { describe, expect, it } from 'vitest'
import { matches, textHits } from '../../../../src/renderer/lib/search'

describe('matches', () => {
  it('requires each word to occur in one of the columns, and ignores case', () => {
    expect(matches('WEB 5000', ['web-server', '5000→8080/tcp'])).toBe(true)
    expect(matches('web 6000', ['web-server', '5000→8080/tcp'])).toBe(false)
  })

  it('matches everything with an empty query', () => {
    expect(matches('', [])).toBe(true)
  })

  it('does not find a word across two columns', () => {
    expect(matches('ab', ['a', 'b'])).toBe(false)
  })
})

describe('textHits', () => {
  it('splits the text at every hit and numbers the hits', () => {
    expect(textHits('Port and port', 'PORT')).toEqual([
      { text: 'Port', hit: 0 },
      { text: ' and ', hit: undefined },
      { text: 'port', hit: 1 },
    ])
  })

  it('returns the complete text in its parts', () => {
    const parts = textHits('aaaa', 'aa')
    expect(parts.map(({ text }) => text).join('')).toBe('aaaa')
    expect(textHits('text', '')).toEqual([{ text: 'text', hit: undefined }])
    expect(textHits('text', 'z')).toEqual([{ text: 'text', hit: undefined }])
  })
})
