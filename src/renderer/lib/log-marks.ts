import type { TextPart } from './terminal-text'

/** A part of a line, and whether it belongs to a match of the search. */
export interface MarkedPart extends TextPart {
  found?: true
}

/** Splits the parts of a line, so that each match of `expression` (with the flag `g`) is a part of its own. */
export function markedParts(parts: readonly TextPart[], expression: RegExp | undefined): MarkedPart[] {
  if (expression === undefined) return [...parts]
  const text = parts.map((part) => part.text).join('')
  const ranges = [...text.matchAll(expression)]
    .filter(([match]) => match !== '')
    .map(({ index, 0: match }) => ({ from: index, to: index + match.length }))
  if (ranges.length === 0) return [...parts]
  const edges = new Set(ranges.flatMap(({ from, to }) => [from, to]))
  const result: MarkedPart[] = []
  let at = 0
  for (const part of parts) {
    let begin = 0
    for (let offset = 1; offset <= part.text.length; offset++) {
      if (offset < part.text.length && !edges.has(at + offset)) continue
      const isFound = ranges.some(({ from, to }) => at + begin >= from && at + offset <= to)
      result.push({ ...part, text: part.text.slice(begin, offset), ...(isFound ? { found: true } : {}) })
      begin = offset
    }
    at += part.text.length
  }
  return result
}
