import { shellWord } from '../shell-words'
import { powershellLine } from './powershell-line'

/**
 * A word of a command line. `home` is the rest of a path in the user's folder, such as `/app` of `~/app`: a shell
 * replaces `~` only if it is not quoted.
 */
export type Word = string | { home: string }

/** The shells for which Berth writes lines. */
export const lineShells = ['posix', 'powershell'] as const
export type LineShell = (typeof lineShells)[number]

/** Writes words as a line for a shell, which splits the line into the same words. */
export function commandLine(words: readonly Word[], shell: LineShell = 'posix'): string {
  return shell === 'posix' ? posixLine(words) : powershellLine(words)
}

function posixLine(words: readonly Word[]): string {
  return words
    .map((word) => {
      if (typeof word === 'string') return shellWord(word)
      if (word.home === '') return '~'
      // A shell wants `~/` as it is, and does not replace `~` before a colon.
      if (!word.home.startsWith('/')) return `"$HOME"${shellWord(word.home)}`
      const rest = word.home.slice(1)
      return rest === '' ? '~/' : `~/${shellWord(rest)}`
    })
    .join(' ')
}

/** A path of this computer. `~` is left to the shell. On Windows, `\` may follow it. */
export function pathWord(path: string): Word {
  return /^~(?=$|[\\/])/.test(path) ? { home: path.slice(1) } : path
}

/** Writes each row as `NAME=VALUE`. */
export function assignments(rows: readonly { name: string; value: string }[]): string[] {
  return rows.map(({ name, value }) => `${name}=${value}`)
}

/** Returns one flag with each of the values: `-e A=1 -e B=2`. */
export function each(flag: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [flag, value])
}

/** Returns a flag with its value. Returns nothing if the value is the default. */
export function unless(flag: string, value: string | number, otherwise: string | number = ''): string[] {
  return value === otherwise ? [] : [flag, String(value)]
}

/** Returns a flag without a value, if it is wanted. */
export function when(wanted: boolean | undefined, ...words: string[]): string[] {
  return wanted === true ? words : []
}

/** Writes the fields of `--mount` and `--network`, which the Docker CLI reads as one line of CSV. */
export function csv(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",\n\r]|^\s/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}
