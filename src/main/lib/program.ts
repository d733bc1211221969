import { delimiter, resolve } from 'node:path'
import { execa } from 'execa'
import which from 'which'

export interface ProgramSearch {
  /** The folders to search, in PATH's form. */
  path: string
  /** Folders to search before those of `path`. */
  before?: readonly string[]
  /** Folders to search after those of `path`. */
  after?: readonly string[]
}

/** The path of an executable; undefined if no folder holds it. On Windows, PATHEXT gives the possible extensions. */
export async function findProgram(
  name: string,
  { path, before = [], after = [] }: ProgramSearch,
): Promise<string | undefined> {
  for (const folder of [...before, ...path.split(delimiter), ...after]) {
    // `which` gets a whole path. If it gets only a name, it searches the current folder first on Windows.
    const found = folder === '' ? null : await which(resolve(folder, name), { nothrow: true })
    if (found !== null) return found
  }
  return undefined
}

/** Like execa, but a running program is not killed when Berth exits. */
export const runProgram = execa<{ cleanup: boolean }>({ cleanup: false })

/** The standard output of a program; empty if the program fails or cannot be run. */
export async function programOutput(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<string> {
  const { failed, stdout } = await runProgram(program, args, { ...options, stdin: 'ignore', reject: false })
  return failed ? '' : stdout
}

/** Quotes a text for a POSIX shell. In the result, no character is special to the shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A command for a POSIX shell that runs a program with these arguments. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuoted).join(' ')
}
