import { posix } from 'node:path'
import type { Instruction } from 'dockerfile-ast'
import type { CacheMiss } from '../../shared/builds'
import { type CacheFacts, changedFiles, type ContextFile, hasFolders } from './cache-facts'
import { inputsOf } from './instructions'

/** The most names of changed files that one reason has. */
const namedFiles = 5

/**
 * The most comparisons of a file with a source. Berth compares nothing more then, because many patterns and many
 * changed files could block it.
 */
const mostComparisons = 200_000

export interface ContextChange {
  reason: Extract<CacheMiss, { kind: 'files' }>
  /** False if only BuildKit knows whether the content that the instruction takes is another one. */
  isCertain: boolean
}

/** What has changed in the folder of a build since an earlier one. */
export class ContextChanges {
  readonly #changed: readonly { path: string; isCertain: boolean }[]
  /** The symbolic links of both builds. */
  readonly #links: readonly string[]
  /** The folders that the earlier list does not have, because an earlier version of Berth has made it. */
  readonly #unlisted: readonly string[]
  #comparisons = 0

  constructor(before: readonly ContextFile[], now: readonly ContextFile[]) {
    const [old, present] = [byPath(before), byPath(now)]
    this.#changed = changedFiles(before, now).map((path) => ({
      path,
      isCertain: hasOtherContent(old.get(path), present.get(path)),
    }))
    this.#links = [...before, ...now].flatMap(({ kind, path }) => (kind === 'link' ? path : []))
    this.#unlisted = hasFolders(before)
      ? []
      : now.flatMap(({ kind, path }) => (kind === 'folder' ? path : []))
  }

  /** Undefined if the files of a build are not known. */
  static between(
    before: Pick<CacheFacts, 'files'>,
    now: Pick<CacheFacts, 'files'>,
  ): ContextChanges | undefined {
    return before.files === null || now.files === null
      ? undefined
      : new ContextChanges(before.files, now.files)
  }

  /** What has changed of the files that an instruction takes. Undefined without a change. */
  of(instruction: Instruction): ContextChange | undefined {
    const { takes, follows, isGuessed, count } = inputsOf(instruction)
    if (takes === undefined) return undefined
    this.#comparisons += count * (this.#changed.length + this.#links.length)
    // BuildKit takes what such a link leads to. This may be anything in the folder.
    const takesAny = this.#comparisons > mostComparisons || this.#links.some(follows)
    const taken = this.#changed.filter(({ path }) => takesAny || takes(path))
    if (taken.length === 0) return undefined
    const isCertain = !isGuessed && !takesAny && taken.some((one) => one.isCertain)
    return { reason: naming(taken.map(({ path }) => path)), isCertain }
  }

  /** The folders that an instruction takes, and that nobody can compare. Undefined without any. */
  unlistedOf(instruction: Instruction): ContextChange | undefined {
    const { takes } = inputsOf(instruction)
    const paths = takes === undefined ? [] : this.#unlisted.filter(takes)
    return paths.length === 0 ? undefined : { reason: naming(paths), isCertain: false }
  }
}

function byPath(files: readonly ContextFile[]): ReadonlyMap<string, ContextFile> {
  return new Map(files.map((file) => [file.path, file]))
}

/** Berth does not read the content of a large file. */
function hasOtherContent(one: ContextFile | undefined, other: ContextFile | undefined): boolean {
  if (one?.size !== other?.size || one?.mode !== other?.mode) return true
  return one?.hash !== '' && other?.hash !== ''
}

/** A folder is not named next to something in it. */
function naming(paths: readonly string[]): ContextChange['reason'] {
  const folders = new Set(paths.map((path) => posix.dirname(path)))
  const names = paths.filter((path) => !folders.has(path))
  return { kind: 'files', names: names.slice(0, namedFiles), more: Math.max(0, names.length - namedFiles) }
}
