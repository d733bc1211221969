import { isSameOwner, type Attributes, type Owner } from '../protocol/fuse'
import type { Node } from './node'

/** For how many files a changed owner is stored. If there are more files, the oldest entries are dropped. */
export const maxGiven = 200_000

/**
 * The owners of files, as programs in the machine see them. On the host, all files belong to the user.
 *
 * In the machine, each user sees every file as their own, so that a container can run as any user. If a program changes
 * the owner of a file, all users see the new owner from then on. The host's file system does not store the new owner.
 * This class keeps it while the machine runs or is suspended. The key is the file's inode and birth time.
 */
export class Owners {
  /** The changed owners, in the order of the changes. */
  readonly #given = new Map<string, Owner>()
  #lastCaller: Owner = { uid: 0, gid: 0 }
  #hasSeveralCallers = false

  /**
   * Records and returns the user of a request. Undefined means the agent's helper: in this case, returns the last user.
   */
  callerOf(owner: Owner | undefined): Owner {
    if (!owner || isSameOwner(owner, this.#lastCaller)) return this.#lastCaller
    this.#hasSeveralCallers = true
    this.#lastCaller = owner
    return owner
  }

  /** The owner to report to `caller` in the next reply. */
  report(node: Node, file: Attributes, caller: Owner): Owner {
    const given = this.#given.size > 0 ? this.#given.get(keyOf(file)) : undefined
    node.kernel.toldOwner(given ? undefined : caller)
    return given ?? caller
  }

  of(file: Attributes, caller: Owner): Owner {
    return this.#given.get(keyOf(file)) ?? caller
  }

  give(file: Attributes, owner: Owner): void {
    const key = keyOf(file)
    this.#given.delete(key)
    // If a program gives a file to root, each user sees the file as their own again, as before the first change.
    if (owner.uid === 0 && owner.gid === 0) return
    this.#given.set(key, owner)
    if (this.#given.size <= maxGiven) return
    const [oldest] = this.#given.keys()
    if (oldest !== undefined) this.#given.delete(oldest)
  }

  /**
   * The nodes for which the kernel has cached another owner than `caller`. Checks `node`, the folders that contain it,
   * and the files in these folders.
   */
  *ownedByOthers(node: Node, caller: Owner): Iterable<Node> {
    if (!this.#hasSeveralCallers) return
    for (let at: Node | undefined = node; at; at = at.parent) {
      if (at.kernel.hasOwnerOtherThan(caller)) yield at
      if (!at.isDirectory || !at.kernel.recordUser(caller)) continue
      for (const child of at.children.values()) if (child.kernel.hasOwnerOtherThan(caller)) yield child
    }
  }

  entries(): Iterable<[string, Owner]> {
    return this.#given
  }

  restore(key: string, owner: Owner): void {
    // The last caller is unknown until the next request.
    this.#hasSeveralCallers = true
    this.#given.set(key, owner)
  }
}

function keyOf({ ino, birthNs }: Attributes): string {
  return `${ino} ${birthNs}`
}
