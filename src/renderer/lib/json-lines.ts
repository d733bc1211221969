/** One line of a pretty-printed JSON text. */
export interface JsonLine {
  /** The position of the line in the whole text, from 0. */
  index: number
  depth: number
  text: string
  /** Where the line's value is, as in jq: `.State.Health.Log[0].Output`. A closing line has its opening line's path. */
  path: string
  /** The line's whole value: a text without its quotes, or JSON. */
  value: string
  /** For the opening line of an object or a list that is not empty: the index of its closing line. */
  end: number | undefined
  /** For an opening line: the text while it is folded. */
  folded: string | undefined
  parent: number | undefined
}

const plainKey = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Splits a parsed JSON value into the lines of its pretty-printed text. */
export function jsonLines(value: unknown): JsonLine[] {
  const lines: JsonLine[] = []
  addLines(lines, { value, path: '', label: '', depth: 0, comma: '', parent: undefined })
  return lines
}

interface Part {
  value: unknown
  path: string
  /** The key with its colon. Empty in a list. */
  label: string
  depth: number
  comma: string
  parent: number | undefined
}

function addLines(lines: JsonLine[], { value, path, label, depth, comma, parent }: Part): void {
  const index = lines.length
  const isList = Array.isArray(value)
  const children: [key: string, value: unknown, path: string][] = isList
    ? value.map((child: unknown, position) => ['', child, `${path}[${String(position)}]`])
    : typeof value === 'object' && value !== null
      ? Object.entries(value).map(([key, child]) => [`${JSON.stringify(key)}: `, child, pathOf(path, key)])
      : []
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  const line = {
    ...{ index, depth, parent, end: undefined, folded: undefined },
    path: path === '' ? '.' : path,
    value: typeof value === 'string' ? value : JSON.stringify(value, null, 2),
    text: `${label}${JSON.stringify(value)}${comma}`,
  }
  if (children.length === 0) {
    lines.push(line)
    return
  }
  const opening: JsonLine = {
    ...line,
    text: `${label}${open}`,
    folded: `${label}${open} … ${close}${comma}`,
  }
  lines.push(opening)
  for (const [position, [key, child, childPath]] of children.entries())
    addLines(lines, {
      value: child,
      path: childPath,
      label: key,
      depth: depth + 1,
      comma: position === children.length - 1 ? '' : ',',
      parent: index,
    })
  opening.end = lines.length
  lines.push({ ...line, index: lines.length, text: `${close}${comma}`, parent: index })
}

function pathOf(path: string, key: string): string {
  if (plainKey.test(key)) return `${path}.${key}`
  return `${path === '' ? '.' : path}[${JSON.stringify(key)}]`
}

/** Returns the lines that are visible while the lines in `folded` are folded. */
export function visibleLines(lines: readonly JsonLine[], folded: ReadonlySet<number>): JsonLine[] {
  const visible: JsonLine[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]
    if (line === undefined) break
    visible.push(line)
    if (folded.has(index) && line.end !== undefined) index = line.end
  }
  return visible
}

export interface JsonHit {
  line: number
  /** The position of the match among the matches of its line, from 0. */
  match: number
}

/** Returns every match of the query, in the order of the text. Ignores case. */
export function jsonHits(lines: readonly JsonLine[], query: string): JsonHit[] {
  if (query === '') return []
  const needle = query.toLowerCase()
  return lines.flatMap(({ index, text }) => {
    const matches = text.toLowerCase().split(needle).length - 1
    return Array.from({ length: matches }, (_, match) => ({ line: index, match }))
  })
}

/** Returns the indexes of the lines that must be open so that a line is visible. */
export function ancestors(lines: readonly JsonLine[], index: number): number[] {
  const found: number[] = []
  for (let at = lines[index]?.parent; at !== undefined; at = lines[at]?.parent) found.push(at)
  return found
}
