export type ShellWords = { words: string[] } | { problem: 'unclosed-quote' | 'trailing-backslash' }

/** A command line and the position of the next character to read. */
interface Reader {
  readonly text: string
  position: number
}

/** Reads the rest of a `'…'` string, in which no character is special. Returns undefined without a closing quote. */
function readSingleQuoted(reader: Reader): string | undefined {
  const end = reader.text.indexOf("'", reader.position)
  if (end === -1) return undefined
  const content = reader.text.slice(reader.position, end)
  reader.position = end + 1
  return content
}

/** Reads the rest of a `"…"` string. A backslash escapes `"`, `\`, `$` and a backquote, and joins lines. */
function readDoubleQuoted(reader: Reader): string | undefined {
  let content = ''
  while (reader.position < reader.text.length) {
    const character = reader.text.charAt(reader.position++)
    if (character === '"') return content
    const next = reader.text.charAt(reader.position)
    if (character === '\\' && next === '\n') reader.position++
    else if (character === '\\' && '"\\$`'.includes(next) && next !== '') {
      content += next
      reader.position++
    } else content += character
  }
  return undefined
}

/**
 * Splits a command line into its arguments by the quoting rules of POSIX sh (section 2.2). A backslash at the end of a
 * line joins it with the next line. This function expands nothing, so `$HOME` and `*` stay as they are.
 */
export function splitShellWords(text: string): ShellWords {
  const words: string[] = []
  const reader: Reader = { text, position: 0 }
  let word: string | undefined
  while (reader.position < text.length) {
    const character = text.charAt(reader.position++)
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (character === '\\') {
      if (reader.position === text.length) return { problem: 'trailing-backslash' }
      const next = text.charAt(reader.position++)
      if (next !== '\n') word = (word ?? '') + next
    } else if (character === "'" || character === '"') {
      const quoted = character === "'" ? readSingleQuoted(reader) : readDoubleQuoted(reader)
      if (quoted === undefined) return { problem: 'unclosed-quote' }
      word = (word ?? '') + quoted
    } else word = (word ?? '') + character
  }
  if (word !== undefined) words.push(word)
  return { words }
}

/** Writes one argument so that a POSIX shell reads the same text. In zsh, `=word` is the path of a program. */
export function shellWord(word: string): string {
  return /^[\w@+:,./-][\w@+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Writes arguments as a command line that {@link splitShellWords} splits into the same arguments. */
export function joinShellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
