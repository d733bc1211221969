import type { FileState } from '../tree/file-attributes'
import type { Node } from '../tree/node'
import type { NodeTable } from '../tree/node-table'
import type { PathStyle } from '../tree/path-style'

/**
 * A change on the host that the agent's helper repeats in the mount, so that inotify reports the change there. FUSE has
 * no other way to make inotify report a change.
 */
export interface Replay {
  /** One of `replayOperation`. */
  operation: number
  folder: Node
  name: string
  /** The new name of a rename. `folder` and `name` are then the old name. */
  to?: { folder: Node; name: string; overwritten: boolean }
  /**
   * Set for an arrival: a rename from a name that the guest does not know. `folder` and `name` are then the new name.
   * The helper renames the placeholder {@link arrivalName} to the new name. No program watches the folder of the
   * placeholder. `overwritten` is the node of the file that had the new name before.
   */
  arrival?: { overwritten: Node | undefined }
  /** The former state of the name, for a removal or a rename. */
  before?: FileState | 'folder' | 'file' | undefined
}

/**
 * A name in the root of the mount that only the agent's helper can look up. The name represents the file that the
 * helper will rename to its final name.
 */
export const arrivalName = '.arrival'

/** The names that a replay touches. */
export type ReplayNames = Pick<Replay, 'folder' | 'name' | 'to'>

/**
 * How many replays may be unfinished. If there are more changes, programs in the machine are not notified of every
 * change. The files that programs see are still correct.
 */
export const maxReplays = 4_096

/**
 * Records two things. The first is the pending names: names with a change that the helper has not repeated yet. `plan`
 * makes the names of a change pending, and `settle` ends this. The second is the unfinished replays of the helper:
 * `given` records that a replay was sent to the helper, and `done` that the replay is finished or lost.
 */
export class InotifyReplays {
  /** The process id of the helper, as the agent's main process reports it. */
  helperPid: number | undefined
  /** The replays that the helper has, by job number, in the order in which they were sent. */
  readonly #given = new Map<number, Replay>()
  /** For each pending name, the number of calls of `plan` without a matching call of `settle`. */
  readonly #pendingNames = new Map<Node, Map<string, number>>()

  isHelper({ pid }: { pid: number }): boolean {
    return pid === this.helperPid
  }

  /**
   * The replay that the helper works on. The helper handles one replay at a time, in the order in which they were sent.
   */
  get current(): Replay | undefined {
    const [first] = this.#given.values()
    return first
  }

  given(seq: number, replay: Replay): void {
    this.#given.set(seq, replay)
  }

  done(seq: number): void {
    this.#given.delete(seq)
  }

  /** Makes the names of a change pending, until `settle` is called with the same names. */
  plan(names: ReplayNames): void {
    this.#count(names, 1)
  }

  settle(names: ReplayNames): void {
    this.#count(names, -1)
  }

  /**
   * True if the helper has not yet repeated a change of this name. The kernel must not cache a pending name, because
   * the helper's requests for the name must reach the server.
   */
  isPending(folder: Node, name: string): boolean {
    return (this.#pendingNames.get(folder)?.get(name) ?? 0) > 0
  }

  #count(replay: ReplayNames, by: 1 | -1): void {
    for (const { folder, name } of [replay, ...(replay.to ? [replay.to] : [])]) {
      const names = this.#pendingNames.get(folder) ?? new Map<string, number>()
      const count = (names.get(name) ?? 0) + by
      if (count > 0) names.set(name, count)
      else names.delete(name)
      if (names.size > 0) this.#pendingNames.set(folder, names)
      else this.#pendingNames.delete(folder)
    }
  }
}

/**
 * The current paths of a replay below the root of the mount: the path of the name, and for a rename also the new path.
 * For an arrival, the old path is {@link arrivalName} and the new path is the path of the name.
 * @throws Refusal ESTALE for a folder that is gone, ELOOP
 */
export function replayPaths(
  nodes: NodeTable,
  style: PathStyle,
  { folder, name, to, arrival }: Replay,
): readonly [Buffer, Buffer] {
  const path = (parent: Node, last: string) =>
    style.encode([parent.share.id, ...nodes.names(parent), last].join('/'))
  if (arrival) return [style.encode(arrivalName), path(folder, name)]
  return [path(folder, name), to ? path(to.folder, to.name) : Buffer.alloc(0)]
}
