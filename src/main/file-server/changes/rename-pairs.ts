import { isDirectory, type FileState } from '../tree/file-attributes'
import type { Node } from '../tree/node'
import type { NameChange } from './folder-watches'

/** How long a deletion waits for the new name of the file, milliseconds. */
const pairingMs = 20

export type Present = NameChange & { now: NonNullable<NameChange['now']> }
export type Rename = readonly [from: NameChange, to: Present]

/**
 * Finds renames: an inode has disappeared from one name and has appeared under another name. A second name of a file (a
 * hard link) is no rename. Names in two different shares are never a rename, because the shares are not one file
 * system.
 */
export function pairRenames(changes: readonly NameChange[]): { renames: Rename[]; rest: NameChange[] } {
  const gone = new Map<bigint, NameChange>()
  for (const change of changes)
    if (typeof change.before === 'object' && !change.now) gone.set(change.before.ino, change)
  const renames: Rename[] = []
  const paired = new Set<NameChange>()
  for (const change of changes) {
    const { now, before } = change
    if (!now || (typeof before === 'object' && before.ino === now.ino)) continue
    const from = gone.get(now.ino)
    if (typeof from?.before !== 'object' || !isSameFile(from.before, now)) continue
    if (from.folder.share !== change.folder.share) continue
    gone.delete(now.ino)
    renames.push([from, { ...change, now }])
    paired.add(from).add(change)
  }
  return { renames, rest: changes.filter((change) => !paired.has(change)) }
}

/**
 * Whether two states with the same inode belong to the same file. The inode alone is not enough, because the file
 * system soon gives a free inode to another file.
 */
function isSameFile(before: FileState, now: FileState): boolean {
  return before.birthNs === now.birthNs && isDirectory(before.mode) === isDirectory(now.mode)
}

/** True if the folder is one of `folders`, or is below one of them. */
export function isBelowAny(folder: Node, folders: ReadonlySet<Node>): boolean {
  for (let at: Node | undefined = folder; at; at = at.parent) if (folders.has(at)) return true
  return false
}

/**
 * Waits for the second half of a rename. The system reports a rename as two events, and Berth may read the first event
 * before the second one exists. This class therefore holds a deletion back until the next changes arrive, but at most
 * for `pairingMs`.
 */
export class RenamePairs {
  readonly #onTimeout: () => void
  #held: NameChange[] = []
  #timer: NodeJS.Timeout | undefined

  /** `onTimeout` must call `add` without changes. */
  constructor(onTimeout: () => void) {
    this.#onTimeout = onTimeout
  }

  /** Returns the changes to handle now, the oldest first, and the deletions that are held back. */
  add(changes: readonly NameChange[]): { ready: NameChange[]; held: readonly NameChange[] } {
    this.close()
    const all = [...this.#held, ...changes]
    const { rest } = pairRenames(all)
    const unpaired = new Set(rest)
    this.#held = changes.filter(
      (change) => unpaired.has(change) && typeof change.before === 'object' && !change.now,
    )
    if (this.#held.length > 0) this.#timer = setTimeout(this.#onTimeout, pairingMs).unref()
    const held = new Set(this.#held)
    return { ready: all.filter((change) => !held.has(change)), held: this.#held }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
