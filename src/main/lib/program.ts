import { delimiter } from 'node:path'
import which from 'which'

export interface ProgramSearch {
  /** In PATH's form. */
  path: string
  /** Folders to look in before those of `path`. */
  before?: readonly string[]
  /** Folders to look in after those of `path`. */
  after?: readonly string[]
}

/** The path of an executable; undefined when no folder holds it. On Windows PATHEXT adds the extension. */
export async function findProgram(
  name: string,
  { path, before = [], after = [] }: ProgramSearch,
): Promise<string | undefined> {
  const folders = [...before, ...path.split(delimiter).filter((folder) => folder !== ''), ...after]
  return (await which(name, { path: folders.join(delimiter), nothrow: true })) ?? undefined
}
