import { describe, expect, it } from 'vitest'
import { ancestors, jsonHits, jsonLines, visibleLines } from '../../../../src/renderer/lib/json-lines'

const value = {
  Id: 'a',
  State: { Running: true, Log: [{ Output: 'no\n"route"' }, null] },
  Labels: { 'com.example/team': 'ops', __proto__x: '1' },
  Empty: {},
}

describe('the lines of a JSON value', () => {
  it('are its pretty-printed text', () => {
    const text = jsonLines(value).map(({ depth, text }) => '  '.repeat(depth) + text)
    expect(text.join('\n')).toBe(JSON.stringify(value, null, 2))
  })

  it('keep keys that are special in JavaScript', () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"constructor": 1}}')
    expect(jsonLines(hostile).map(({ path }) => path)).toContain('.__proto__.constructor')
  })

  it('have the paths of jq, and their values without quotes', () => {
    const byPath = new Map(jsonLines(value).map((line) => [line.path, line.value]))
    expect(byPath.get('.State.Log[0].Output')).toBe('no\n"route"')
    expect(byPath.get('.Labels["com.example/team"]')).toBe('ops')
    expect(byPath.get('.State.Log[1]')).toBe('null')
    expect(byPath.get('.Empty')).toBe('{}')
    expect(byPath.get('.')).toBe(JSON.stringify(value, null, 2))
    expect(jsonLines({ 'a b': 1 })[1]?.path).toBe('.["a b"]')
  })

  it('can be folded', () => {
    const lines = jsonLines(value)
    const state = lines.find(({ path }) => path === '.State')
    const visible = visibleLines(lines, new Set([state?.index ?? -1]))
    expect(visible.map(({ text }) => text)).toEqual([
      ...['{', '"Id": "a",', '"State": {', '"Labels": {', '"com.example/team": "ops",'],
      ...['"__proto__x": "1"', '},', '"Empty": {}', '}'],
    ])
    expect(state?.folded).toBe('"State": { … },')
    // An empty object has nothing to fold.
    expect(lines.find(({ path }) => path === '.Empty')?.end).toBeUndefined()
  })

  it('are found by a search, every match in its order', () => {
    const lines = jsonLines(value)
    const hits = jsonHits(lines, 'O')
    expect(hits.map(({ line, match }) => [lines[line]?.path, match])).toEqual([
      ['.State.Log', 0],
      ['.State.Log[0].Output', 0],
      ['.State.Log[0].Output', 1],
      ['.State.Log[0].Output', 2],
      ['.Labels["com.example/team"]', 0],
      ['.Labels["com.example/team"]', 1],
      ['.Labels.__proto__x', 0],
      ['.Labels.__proto__x', 1],
    ])
    expect(jsonHits(lines, '')).toEqual([])
    const output = lines.find(({ path }) => path === '.State.Log[0].Output')
    const above = ancestors(lines, output?.index ?? -1).map((index) => lines[index]?.path)
    expect(above).toEqual(['.State.Log[0]', '.State.Log', '.State', '.'])
  })
})
