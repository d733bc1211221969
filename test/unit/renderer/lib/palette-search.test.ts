import { describe, expect, it } from 'vitest'
import {
  paletteIndex,
  searchPalette,
  type PaletteAction,
  type PaletteEntry,
} from '../../../../src/renderer/lib/palette-search'

function entry(label: string, change: Partial<PaletteEntry> = {}): PaletteEntry {
  return { key: `container:${label}`, kind: 'container', label, detail: '', weight: 0, ...change }
}
const actions: PaletteAction[] = [
  { id: 'container.stop', kind: 'container', label: 'Stop' },
  { id: 'container.start', kind: 'container', label: 'Start' },
  { id: 'container.rename', kind: 'container', label: 'Rename' },
  { id: 'container.signal', kind: 'container', label: 'Send signal' },
  { id: 'image.push', kind: 'image', label: 'Push' },
  { id: 'container.ko', kind: 'container', label: '다시 시작' },
]

function search(
  query: string,
  entries: readonly PaletteEntry[],
  change: Partial<Parameters<typeof searchPalette>[0]> = {},
): string[] {
  const results = searchPalette({
    query,
    index: paletteIndex(entries),
    actions,
    offers: () => true,
    recent: [],
    limit: 50,
    ...change,
  })
  return results.map(({ entry: { label }, actionId }) =>
    actionId === undefined ? label : `${actionId} ${label}`,
  )
}

describe('the ranking', () => {
  it('puts the whole name before its beginning, the beginning of a word, its inside, details and letters', () => {
    const entries = [
      entry('w-e-b'),
      entry('other', { detail: 'web:1' }),
      entry('cobweb'),
      entry('my-web'),
      entry('webshop'),
      entry('web'),
    ]
    expect(search('web', entries)).toEqual(['web', 'webshop', 'my-web', 'cobweb', 'other', 'w-e-b'])
  })

  it('needs every word, in any order, in upper or lower case', () => {
    const entries = [entry('shop-web'), entry('shop-db'), entry('web')]
    expect(search('WEB shop', entries)).toEqual(['shop-web'])
    expect(search('shop nothing', entries)).toEqual([])
  })

  it('prefers recent and then weighty entries among equals, but never over a better match', () => {
    const entries = [entry('web-a'), entry('web-b', { weight: 8 }), entry('web-c'), entry('my-web')]
    expect(search('web', entries, { recent: ['container:my-web', 'container:web-c'] })).toEqual([
      'web-c',
      'web-b',
      'web-a',
      'my-web',
    ])
  })

  it('matches a short word not by its letters', () => {
    expect(search('wb', [entry('web')])).toEqual([])
    expect(search('ngx', [entry('nginx')])).toEqual(['nginx'])
  })

  it('finds Korean names, also if they are decomposed', () => {
    expect(search('서버'.normalize('NFD'), [entry('웹 서버')])).toEqual(['웹 서버'])
  })
})

describe('actions on objects', () => {
  it('are found by the beginning of an action and an object, in either order', () => {
    const entries = [entry('web'), entry('db')]
    expect(search('stop web', entries)).toEqual(['container.stop web'])
    expect(search('web st', entries)).toEqual(['container.stop web', 'container.start web'])
    expect(search('send sig db', entries)).toEqual(['container.signal db'])
    expect(search('web 다시 시작', entries)).toEqual(['container.ko web'])
  })

  it('are found only if the object offers them, and only for its kind', () => {
    const entries = [entry('web'), entry('web:1', { key: 'image:web:1', kind: 'image' })]
    expect(search('push web', entries)).toEqual(['image.push web:1'])
    expect(search('stop web', entries, { offers: (id) => id !== 'container.stop' })).toEqual([])
  })

  it('rank by their object, among the objects whose own names have both words', () => {
    expect(search('stop web', [entry('stop-web'), entry('web')])).toEqual([
      'container.stop web',
      'stop-web',
      'container.stop stop-web',
    ])
  })
})

it('an empty query finds nothing, and markup, `__proto__` and emoji are only text', () => {
  const entries = [entry('<b>x</b>'), entry('__proto__'), entry('🚢 ship')]
  expect(search('  ', entries)).toEqual([])
  expect(search('__proto__', entries)).toEqual(['__proto__'])
  expect(search('<b>', entries)).toEqual(['<b>x</b>'])
  expect(search('🚢', entries)).toEqual(['🚢 ship'])
})

it('returns no more than the limit of 5,000 objects, the best first', () => {
  const entries = Array.from({ length: 5000 }, (_, number) => entry(`web-${String(number)}`))
  const found = search('stop web-49', entries, { limit: 20 })
  expect(found).toHaveLength(20)
  expect(found[0]).toBe('container.stop web-49')
})
