/** Returns true if each word of the query occurs in at least one of the texts. Ignores case. */
export function matches(query: string, texts: readonly string[]): boolean {
  const haystack = texts.join('\n').toLocaleLowerCase()
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}

export interface TextPart {
  text: string
  /** The number of the hit, counted from 0. Undefined if this part is text between hits. */
  hit: number | undefined
}

/** Splits a text into the occurrences of the query and the text between them. Ignores case. */
export function textHits(text: string, query: string): TextPart[] {
  if (query === '') return [{ text, hit: undefined }]
  const haystack = text.toLowerCase()
  const needle = query.toLowerCase()
  const parts: TextPart[] = []
  let position = 0
  let hits = 0
  for (;;) {
    const found = haystack.indexOf(needle, position)
    if (found === -1) break
    if (found > position) parts.push({ text: text.slice(position, found), hit: undefined })
    parts.push({ text: text.slice(found, found + needle.length), hit: hits++ })
    position = found + needle.length
  }
  if (position < text.length) parts.push({ text: text.slice(position), hit: undefined })
  return parts
}
