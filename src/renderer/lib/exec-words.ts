const plainWord = /^[\w@%+=:,./-]+$/

/** Returns the arguments of a program as a user would type them in a POSIX shell. */
export function shellQuoted(words: readonly string[]): string {
  return words.map((word) => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
