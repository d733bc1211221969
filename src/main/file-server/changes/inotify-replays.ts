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

/**
 * How many replays may be unfinished. If there are more changes, programs in the machine are not notified of every
 * change. The files that programs see are still correct.
 */
export const maxReplays = 4_096

/**
 * The replays that were sent to the agent's helper. `given` records that a replay was sent, and `done` that it is
 * finished or lost.
 */
export class InotifyReplays {
  /** The process id of the helper, as the agent's pump reports it (vm-assets/agent/mount-agent/pump.c). */
  helperPid: number | undefined
  /** By job number, in the order in which they were sent. */
  readonly #given = new Map<number, Replay>()

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
