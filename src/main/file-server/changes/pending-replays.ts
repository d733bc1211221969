import type { FileState } from '../tree/file-attributes'
import type { Node } from '../tree/node'
import type { NodeTable } from '../tree/node-table'
import type { PathStyle } from '../tree/path-style'

/**
 * A change on the host that the agent's helper repeats in the mount, to make inotify fire there. FUSE has no other way
 * to do that.
 */
export interface Replay {
  /** One of `replayOperation`. */
  operation: number
  folder: Node
  name: string
  /** The new name of a rename. */
  to?: { folder: Node; name: string; overwritten: boolean }
  /**
   * A rename from a name that the guest does not know: the helper renames {@link arrivalName} in the root of the mount,
   * where nobody watches. `overwritten` is the node of the file that had the name before.
   */
  arrival?: { overwritten: Node | undefined }
  /** The former state of the name, for a removal or a rename. */
  before?: FileState | 'folder' | 'file' | undefined
}

/** A name in the root of the mount that only the agent's helper can look up. It means the file that arrives. */
export const arrivalName = '.arrival'

/** The names that a replay touches. */
export type ReplayNames = Pick<Replay, 'folder' | 'name' | 'to'>

/**
 * How many replays may wait. Beyond that, programs in the machine are not notified of every change, but the files they
 * see are still right.
 */
export const maxReplays = 4_096

/** The replays that the agent's helper has been given and has not finished yet. */
export class InotifyReplays {
  /** The process id of the helper, as the agent's pump reports it. */
  helperPid: number | undefined
  /** By the number of the helper's job, in the order in which they were given. */
  readonly #given = new Map<number, Replay>()
  /** How many planned replays touch a name. */
  readonly #pendingNames = new Map<Node, Map<string, number>>()

  isHelper({ pid }: { pid: number }): boolean {
    return pid === this.helperPid
  }

  /** The replay that the helper works on. It handles one at a time, in the order in which they were given. */
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

  /** The replay is planned: from now on its names are pending, until `settle`. */
  plan(names: ReplayNames): void {
    this.#count(names, 1)
  }

  settle(names: ReplayNames): void {
    this.#count(names, -1)
  }

  /** True while a replay is planned for this name. The kernel must not cache the name then. */
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
 * The current paths of a replay below the root of the mount: the name, and the new name of a rename. A file that
 * arrives is renamed to its name.
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
