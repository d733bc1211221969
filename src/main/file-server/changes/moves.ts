import { isDirectory, type FileState, type Node } from '../tree/nodes'
import type { NameChange } from './watches'

/** How long a name that is gone waits for the one under which it came again, milliseconds. */
const patience = 20

export type Present = NameChange & { now: NonNullable<NameChange['now']> }
export type Move = readonly [from: NameChange, to: Present]

/**
 * What left one name and came under another, by its inode, is a move; a file's second name (a link) is none, and the
 * names of two shares are not one file system.
 */
export function pairMoves(changes: readonly NameChange[]): { moves: Move[]; rest: NameChange[] } {
  const gone = new Map<bigint, NameChange>()
  for (const change of changes)
    if (typeof change.before === 'object' && !change.now) gone.set(change.before.ino, change)
  const moves: Move[] = []
  const paired = new Set<NameChange>()
  for (const change of changes) {
    const { now, before } = change
    if (!now || (typeof before === 'object' && before.ino === now.ino)) continue
    const from = gone.get(now.ino)
    if (typeof from?.before !== 'object' || !isSameFile(from.before, now)) continue
    if (from.folder.share !== change.folder.share) continue
    gone.delete(now.ino)
    moves.push([from, { ...change, now }])
    paired.add(from).add(change)
  }
  return { moves, rest: changes.filter((change) => !paired.has(change)) }
}

/** An inode that is free is soon given to another file. */
function isSameFile(before: FileState, now: FileState): boolean {
  return before.birthNs === now.birthNs && isDirectory(before.mode) === isDirectory(now.mode)
}

/** The folder is one of these, or lies in one. */
export function liesIn(folder: Node, folders: ReadonlySet<Node>): boolean {
  for (let at: Node | undefined = folder; at; at = at.parent) if (folders.has(at)) return true
  return false
}

/**
 * The system tells of a move in two halves, and one may be read before the other is there. What is gone is therefore
 * held back until the next changes come, or for a moment.
 */
export class DepartureHall {
  #held: NameChange[] = []
  #timer: NodeJS.Timeout | undefined

  /** `onPatienceEnd` is to call `join` with no changes. */
  constructor(private readonly onPatienceEnd: () => void) {}

  /** What is to be dealt with now, the oldest first, and what is held. */
  join(changes: readonly NameChange[]): { ready: NameChange[]; held: readonly NameChange[] } {
    this.close()
    const all = [...this.#held, ...changes]
    const { rest } = pairMoves(all)
    const unpaired = new Set(rest)
    this.#held = changes.filter(
      (change) => unpaired.has(change) && typeof change.before === 'object' && !change.now,
    )
    if (this.#held.length > 0) this.#timer = setTimeout(this.onPatienceEnd, patience).unref()
    const held = new Set(this.#held)
    return { ready: all.filter((change) => !held.has(change)), held: this.#held }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
