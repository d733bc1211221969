type Test = (character: number) => boolean

/** A part of an expression. `one` and `many` take characters, and the others take none. */
type Part =
  | { kind: 'one' | 'many'; has: Test }
  /** The next `length` parts may be left out. */
  | { kind: 'maybe'; length: number }
  | { kind: 'at'; holds: (before: number | undefined, after: number | undefined) => boolean }

const anything: Part = { kind: 'many', has: (character) => character !== code('\n') }
const slash: Part = { kind: 'one', has: (character) => character === code('/') }

/** The first and the last character of each range. */
const classes: Readonly<Partial<Record<string, string>>> = {
  alnum: '09AZaz',
  alpha: 'AZaz',
  ascii: '\0\x7F',
  blank: '\t\t  ',
  cntrl: '\0\x1F\x7F\x7F',
  digit: '09',
  graph: '!~',
  lower: 'az',
  print: ' ~',
  punct: '!/:@[`{~',
  space: '\t\r  ',
  upper: 'AZ',
  word: '09AZ__az',
  xdigit: '09AFaf',
  d: '09',
  s: '\t\n\f\r  ',
  w: '09AZ__az',
}
const isWord = rangesOf('word')
const control: Readonly<Partial<Record<string, string>>> = {
  ...{ a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
}

/** As Go's `filepath.Match`. In brackets, `-` is only allowed between two characters. Linear on every text. */
const validPattern = /^(?:[^[\\]|\\.|\[(?:\^|(?!\^))(?:(?:[^\]\\-]|\\.)(?:-(?:[^\]\\-]|\\.))?)+\])*$/su

/**
 * Returns a function that tells whether a pattern of a `.dockerignore` matches a path. As moby's patternmatcher, it
 * makes a regular expression of Go from the pattern, unless that is a literal text, or a text with `**` at one end.
 * A match takes no more steps than the path has characters, times the parts of the pattern. V8's regular expressions
 * backtrack, so a pattern such as `*a*a*a*b` would stop Berth for hours.
 * @throws SyntaxError if Docker would refuse the pattern
 */
export function ignorePattern(pattern: string): (path: string) => boolean {
  if (!validPattern.test(pattern)) throw new SyntaxError('the pattern is not valid')
  const { type, source } = expressionOf(pattern)
  if (type === 'exact') return (path) => path === pattern
  if (type === 'prefix') return (path) => path.startsWith(pattern.slice(0, -2))
  const suffix = pattern.slice(2)
  // `**/a` also matches `a`.
  if (type === 'suffix') return (path) => path.endsWith(suffix) || `/${path}` === suffix
  const parts = new Parser(source).parts()
  return (path) => matches(parts, path)
}

/** The expression knows nothing of brackets, so `[*]` means the same strange expression as for Docker. */
function expressionOf(pattern: string): {
  type: 'exact' | 'prefix' | 'suffix' | 'expression'
  source: string
} {
  let type: ReturnType<typeof expressionOf>['type'] = 'exact'
  let source = ''
  for (const { 0: part, index } of pattern.matchAll(/\*\*\/?|\\.|./gsu)) {
    if (part.startsWith('**')) {
      const isLast = index + part.length === pattern.length
      source += isLast ? '.*' : '(.*/)?'
      type = isLast && type === 'exact' ? 'prefix' : 'expression'
      if (index === 0) type = 'suffix'
    } else if (/^[*?[\]\\]/.test(part)) {
      source += part === '*' ? '[^/]*' : part === '?' ? '[^/]' : part
      type = 'expression'
    } else source += part.replace(/[$()+.{|}]/, String.raw`\$&`)
  }
  return { type, source }
}

/** Reads the part of Go's regular expressions (RE2) that `expressionOf` can write. */
class Parser {
  readonly #characters: readonly string[]
  #at = 0

  constructor(source: string) {
    this.#characters = Array.from(source)
  }

  /** @throws SyntaxError */
  parts(): Part[] {
    const parts: Part[] = []
    while (this.#at < this.#characters.length) {
      if (this.#takes('(.*/)?')) parts.push({ kind: 'maybe', length: 2 }, anything, slash)
      else if (this.#takes('.*')) parts.push(anything)
      else if (this.#takes('^') || this.#takes(String.raw`\A`))
        parts.push({ kind: 'at', holds: (before) => before === undefined })
      else if (this.#takes(String.raw`\z`))
        parts.push({ kind: 'at', holds: (_, after) => after === undefined })
      else if (this.#takes(String.raw`\b`)) parts.push({ kind: 'at', holds: isBoundary })
      else if (this.#takes(String.raw`\B`))
        parts.push({ kind: 'at', holds: (before, after) => !isBoundary(before, after) })
      else {
        const has = this.#takes('[') ? this.#class() : (this.#group() ?? is(this.#character()))
        parts.push({ kind: this.#takes('*') ? 'many' : 'one', has })
      }
    }
    return parts
  }

  #class(): Test {
    const isNegated = this.#takes('^')
    const tests: Test[] = []
    while (tests.length === 0 || !this.#takes(']')) {
      const group = this.#named() ?? this.#group()
      tests.push(group ?? this.#range())
    }
    return (character) => tests.some((has) => has(character)) !== isNegated
  }

  #range(): Test {
    const first = this.#character()
    const isRange = this.#sees('-') && this.#characters[this.#at + 1] !== ']'
    if (isRange) this.#at += 1
    const last = isRange ? this.#character() : first
    if (last < first) throw new SyntaxError('the range ends before it begins')
    return (character) => first <= character && character <= last
  }

  /** Such as `[:alpha:]`. */
  #named(): Test | undefined {
    if (!this.#sees('[:')) return undefined
    const end = this.#characters.findIndex(
      (character, at) => at >= this.#at + 2 && character === ':' && this.#characters[at + 1] === ']',
    )
    if (end < 0) return undefined
    const written = this.#characters.slice(this.#at + 2, end).join('')
    const name = written.replace(/^\^/, '')
    if (name.length === 1) throw new SyntaxError('the class is not known')
    this.#at = end + 2
    return name === written ? rangesOf(name) : not(rangesOf(name))
  }

  /** Such as `\d`. */
  #group(): Test | undefined {
    const name = this.#sees('\\') ? (this.#characters[this.#at + 1] ?? '') : ''
    if (!/^[dsw]$/i.test(name)) return undefined
    this.#at += 2
    const has = rangesOf(name.toLowerCase())
    return name === name.toLowerCase() ? has : not(has)
  }

  #character(): number {
    const isEscaped = this.#takes('\\')
    const character = this.#characters[this.#at]
    if (character === undefined) throw new SyntaxError('the expression ends too early')
    this.#at += 1
    if (!isEscaped) return code(character)
    const meant =
      /^[\0-\x7F]$/.test(character) && !/[\da-z]/i.test(character) ? character : control[character]
    // Berth also refuses the few escapes with more characters, such as `\x41`.
    if (meant === undefined) throw new SyntaxError('the escape is not known')
    return code(meant)
  }

  #sees(text: string): boolean {
    return Array.from(text).every((character, index) => this.#characters[this.#at + index] === character)
  }

  #takes(text: string): boolean {
    const isThere = this.#sees(text)
    if (isThere) this.#at += text.length
    return isThere
  }
}

/** Follows all ways through the parts simultaneously. */
function matches(parts: readonly Part[], path: string): boolean {
  const characters = Array.from(path, code)
  let reached = new Set([0])
  for (let at = 0; at <= characters.length && reached.size > 0; at += 1) {
    const next = new Set<number>()
    const character = characters[at]
    // The loop also visits the numbers that it adds.
    for (const index of reached) {
      const part = parts[index]
      if (part === undefined) continue
      if (part.kind === 'maybe') reached.add(index + 1 + part.length)
      if (part.kind === 'many' || part.kind === 'maybe') reached.add(index + 1)
      if (part.kind === 'at' && part.holds(characters[at - 1], character)) reached.add(index + 1)
      if ((part.kind === 'one' || part.kind === 'many') && character !== undefined && part.has(character))
        next.add(part.kind === 'one' ? index + 1 : index)
    }
    if (character === undefined) return reached.has(parts.length)
    reached = next
  }
  return false
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0
}

function is(wanted: number): Test {
  return (character) => character === wanted
}

function not(has: Test): Test {
  return (character) => !has(character)
}

/** @throws SyntaxError if there is no class of this name */
function rangesOf(name: string): Test {
  const ends = Object.hasOwn(classes, name) ? Array.from(classes[name] ?? '', code) : []
  if (ends.length === 0) throw new SyntaxError('the class is not known')
  return (character) =>
    ends.some((first, at) => at % 2 === 0 && first <= character && character <= (ends[at + 1] ?? first))
}

function isBoundary(before: number | undefined, after: number | undefined): boolean {
  const isInWord = (character: number | undefined) => character !== undefined && isWord(character)
  return isInWord(before) !== isInWord(after)
}
