import { describe, expect, it } from 'vitest'
import {
  levelOf,
  logSearch,
  posixPattern,
  queryExpression,
  requiredTexts,
} from '../../../src/shared/log-query'

const plain = { isRegex: false, matchCase: false }

describe('levelOf', () => {
  it.each([
    ['2026-11-28 ERROR could not connect', 'error'],
    ['{"level":"warn","msg":"error in text is not the level"}', 'warn'],
    ['{"level":50,"msg":"pino"}', 'error'],
    ['{"level": 30, "msg": "pino"}', 'info'],
    ['time=x level=debug msg="y"', 'debug'],
    ['2026/11/28 [error] 7#7: *1 open() failed', 'error'],
    ['TypeError: x is not a function', 'error'],
    ['warning: deprecated', 'warn'],
  ])('%s', (line, level) => {
    expect(levelOf(line)).toBe(level)
  })

  it.each(['terror', '0 errors', 'an information desk', '', '{"level":500}'])(
    'finds no level in “%s”',
    (line) => {
      expect(levelOf(line)).toBeUndefined()
    },
  )
})

describe('posixPattern', () => {
  it.each([
    [String.raw`\d+ [\d.]+`, '[0-9]+ [0-9.]+'],
    [String.raw`(?:a|b)\t`, '(a|b)\t'],
    [String.raw`[\w-]`, '[[:alnum:]_-]'],
    [String.raw`[^\]a]`, '[^]a]'],
    [String.raw`\.\[`, String.raw`\.\[`],
  ])('%s', (source, pattern) => {
    expect(posixPattern(source)).toBe(pattern)
  })
})

describe('requiredTexts', () => {
  it.each([
    ['timeout after [0-9]+', ['timeout after ']],
    ['refused|timed? out|reset', ['refused', 'time', 'reset']],
    [String.raw`\d{6} connection\.lost`, [' connection.lost']],
    ['abcx*def', ['abc']],
    // A branch without a long text.
    ['refused|.*', []],
    ['(refused|reset)', []],
    ['a{3}', []],
  ])('%s', (source, texts) => {
    expect(requiredTexts(source)).toEqual(texts)
  })
})

describe('a query', () => {
  it('finds a literal text, in any case unless the user says otherwise', () => {
    expect(logSearch({ text: 'a.b', ...plain })).toEqual({ kind: 'text', pattern: 'a.b', ignoreCase: true })
    expect('xA.Bx'.match(queryExpression({ text: 'a.b', ...plain }))).toEqual(['A.B'])
    expect('A.B'.match(queryExpression({ text: 'a.b', isRegex: false, matchCase: true }))).toBeNull()
  })

  it.each([
    ['status=500', '{"status":500,"msg":"x"}', true],
    ['status=500', '{"status":5001}', false],
    ['status=500', 'method=GET status=500', true],
    ['user=ann', '{"user": "Ann"}', true],
    ['user=ann', '{"user":"anna"}', false],
    ['user="ann lee"', 'user="Ann Lee" x', true],
  ])('%s looks into fields: %s', (text, line, finds) => {
    expect(queryExpression({ text, ...plain }).test(line)).toBe(finds)
  })

  it('reads level=error as the level, with texts that the machine looks for first', () => {
    const search = logSearch({ text: 'level=error', ...plain })
    expect(search.needles).toContain('err')
    for (const line of ['ERROR x', '{"level":60,"a":1}', 'SEVERE: x', 'level=fatal x']) {
      expect(new RegExp(search.pattern).test(line), line).toBe(true)
      expect(
        search.needles?.some((needle) => line.toLowerCase().includes(needle)),
        line,
      ).toBe(true)
    }
  })

  it('refuses an expression that is not valid', () => {
    expect(() => queryExpression({ text: '(', isRegex: true, matchCase: false })).toThrow(SyntaxError)
  })
})
