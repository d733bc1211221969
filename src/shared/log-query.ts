import type { LogSearch } from './logs'

/** What the user has typed into the search of a log. */
export interface LogQuery {
  text: string
  /** The text is a regular expression. Otherwise it is a literal text, or `field=value`. */
  isRegex: boolean
  matchCase: boolean
}

export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** The words and the numbers (of pino and bunyan) that programs write for each level. */
const levelWords: Record<LogLevel, string> = {
  error: 'error|err|fatal|critical|crit|panic|alert|emergency|emerg|severe',
  warn: 'warning|warn',
  info: 'information|info|notice',
  debug: 'debug|trace|verbose',
}
const levelNumbers: Record<LogLevel, string> = { error: '50|60', warn: '40', info: '30', debug: '10|20' }

/**
 * Patterns that find the level of a line: a field `level`, a word in capitals, or a word in brackets or with a colon.
 * JavaScript and POSIX read these patterns in the same way. A pattern does not begin with a class of many characters,
 * because the search in the machine would then be slow.
 */
function levelPattern(level: LogLevel): string {
  const words = levelWords[level]
  const capitals = words.toUpperCase()
  const capitalised = words.replace(
    /(^|\|)([a-z])/g,
    (_all, bar: string, first: string) => bar + first.toUpperCase(),
  )
  const any = `${words}|${capitals}|${capitalised}`
  return [
    `"(level|severity|lvl|levelname)" ?: ?("(${any})"|(${levelNumbers[level]})[,}])`,
    `\\b(level|severity|lvl)="?(${any})\\b`,
    `\\b(${capitals})\\b`,
    `\\[(${words}|${capitalised})\\]`,
    `\\b(${words}|${capitalised}): `,
    ...(level === 'error' ? ['\\b[A-Z][A-Za-z]*(Error|Exception): '] : []),
  ].join('|')
}

const levelExpressions = logLevels.map((level) => ({ level, expression: new RegExp(levelPattern(level)) }))

/** The level that a line names first. Undefined if the line names none. */
export function levelOf(text: string): LogLevel | undefined {
  // The level is near the start of a line. A long line is not worth the time.
  const start = text.slice(0, 1_000)
  let found: { level: LogLevel; index: number } | undefined
  for (const { level, expression } of levelExpressions) {
    const index = start.search(expression)
    if (index >= 0 && (found === undefined || index < found.index)) found = { level, index }
  }
  return found?.level
}

const fieldQuery = /^([\w.@-]+)=("?)(.+)\2$/

/** Translates a query for the machine, whose regular expressions are those of POSIX (`regcomp`, extended). */
export function logSearch(query: LogQuery): LogSearch {
  const ignoreCase = !query.matchCase
  if (query.isRegex) {
    const needles = requiredTexts(query.text)
    return { kind: 'regex', pattern: posixPattern(query.text), ignoreCase, needles }
  }
  const pattern = fieldPattern(query.text)
  if (pattern === undefined) return { kind: 'text', pattern: query.text, ignoreCase }
  const [, , , value = ''] = fieldQuery.exec(query.text) ?? []
  const level = isLevelQuery(query.text) ? logLevels.find((each) => each === value) : undefined
  return level === undefined
    ? { kind: 'regex', pattern, ignoreCase, needles: [value] }
    : { kind: 'regex', pattern, ignoreCase: false, needles: levelNeedles[level] }
}

/** Texts of which each line of a level contains one. Numbers follow the field's name. */
const levelNeedles: Record<LogLevel, string[]> = {
  error: [
    'err',
    'fatal',
    'crit',
    'panic',
    'alert',
    'emerg',
    'severe',
    'exception',
    ...numberNeedles('error'),
  ],
  warn: ['warn', ...numberNeedles('warn')],
  info: ['info', 'notice', ...numberNeedles('info')],
  debug: ['debug', 'trace', 'verbose', ...numberNeedles('debug')],
}

function numberNeedles(level: LogLevel): string[] {
  return levelNumbers[level].split('|').flatMap((number) => [`:${number}`, `: ${number}`])
}

/**
 * Returns texts of which each match of a regular expression contains one. Returns none if the expression is not simple
 * enough to be sure, for example because a branch has only short texts.
 */
export function requiredTexts(source: string): string[] {
  const texts: string[] = []
  for (const branch of branches(source)) {
    const longest = branch.reduce((best, text) => (text.length > best.length ? text : best), '')
    if (longest.length < shortestNeedle) return []
    texts.push(longest)
  }
  return texts.length > mostNeedles ? [] : texts
}

/** The characters of a needle. A shorter text is in too many lines. */
const shortestNeedle = 3
const mostNeedles = 64

/** The literal texts outside of groups, for each alternative of the expression. */
function branches(source: string): string[][] {
  const result: string[][] = [[]]
  let [text, depth] = ['', 0]
  const end = (): void => {
    result.at(-1)?.push(text)
    text = ''
  }
  for (let index = 0; index < source.length; index++) {
    const [character = '', next = ''] = [source[index], source[index + 1]]
    if (character === '\\') {
      // A letter or digit after a backslash has a meaning, for example \d.
      if (depth === 0 && /[^\w]/.test(next)) text += next
      else end()
      index += 1
    } else if (character === '[') {
      end()
      index = classEnd(source, index)
    } else if (character === '(' || character === ')') {
      end()
      depth += character === '(' ? 1 : -1
    } else if (character === '|' && depth === 0) {
      end()
      result.push([])
    } else if ('?*{'.includes(character)) {
      // The last character may be missing.
      text = text.slice(0, -1)
      end()
      if (character === '{') index = Math.max(index, source.indexOf('}', index))
    } else if ('.^$+'.includes(character)) end()
    else if (depth === 0) text += character
  }
  end()
  return result
}

/**
 * Returns an expression that finds the query's matches in a text of the page, all of them.
 * @throws SyntaxError if the regular expression is not valid
 */
export function queryExpression(query: LogQuery): RegExp {
  const pattern = query.isRegex ? query.text : (fieldPattern(query.text) ?? escaped(query.text))
  const ignoreCase = !query.matchCase && !(isLevelQuery(query.text) && !query.isRegex)
  return new RegExp(pattern, ignoreCase ? 'gi' : 'g')
}

function isLevelQuery(text: string): boolean {
  const [, field, , value] = fieldQuery.exec(text) ?? []
  return field === 'level' && logLevels.some((level) => level === value)
}

/** The pattern for `field=value`: a field of a JSON line, or the same text in a line of logfmt. */
function fieldPattern(text: string): string | undefined {
  const [, field = '', , value = ''] = fieldQuery.exec(text) ?? []
  if (field === '') return undefined
  const level = logLevels.find((each) => each === value)
  if (field === 'level' && level !== undefined) return levelPattern(level)
  const [name, wanted] = [escaped(field), escaped(value)]
  return `"${name}" ?: ?("${wanted}"|${wanted}[,} ])|${name}=("${wanted}"|${wanted}( |$))`
}

/** Escapes the characters that have a meaning in regular expressions, both of JavaScript and of POSIX. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Translates the parts of JavaScript's regular expressions that POSIX writes differently. */
export function posixPattern(source: string): string {
  const outside: Record<string, string> = { d: '[0-9]', D: '[^0-9]', t: '\t' }
  let result = ''
  for (let index = 0; index < source.length; index++) {
    const [character = '', next = ''] = [source[index], source[index + 1]]
    if (character === '\\') {
      result += outside[next] ?? `\\${next}`
      index += 1
    } else if (character === '[') {
      const end = classEnd(source, index)
      result += posixClass(source.slice(index + 1, end))
      index = end
    } else if (source.startsWith('(?:', index)) {
      result += '('
      index += 2
    } else result += character
  }
  return result
}

/** The index of the bracket that ends the class which begins at `start`. */
function classEnd(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index++) {
    if (source[index] === '\\') index += 1
    else if (source[index] === ']') return index
  }
  return source.length
}

/** In a class of POSIX, a backslash is an ordinary character, `]` comes first, and `-` comes last. */
function posixClass(content: string): string {
  const inside: Record<string, string> = { d: '0-9', w: '[:alnum:]_', s: '[:space:]', t: '\t' }
  const negated = content.startsWith('^')
  let [first, rest, last] = ['', '', '']
  const body = negated ? content.slice(1) : content
  for (let index = 0; index < body.length; index++) {
    const character = body[index] ?? ''
    if (character !== '\\') {
      rest += character
      continue
    }
    index += 1
    const next = body[index] ?? ''
    if (next === ']') first = ']'
    else if (next === '-') last = '-'
    else rest += inside[next] ?? next
  }
  return `[${negated ? '^' : ''}${first}${rest}${last}]`
}
