import { isSameOwner, type Attributes, type Owner } from '../protocol/fuse'
import type { Node } from './node'

/** Files whose owner is kept. Beyond that, the oldest are forgotten. */
export const maxGiven = 200_000

/**
 * The owners of files, as programs in the machine see them. On the host every file belongs to the user.
 *
 * In the machine a file belongs to the user who looks at it, so that a container can run as any user. When a program
 * gives a file to another owner, everybody sees that owner from then on. The host's file system does not store it,
 * because node:fs could not. It is kept as long as the machine runs or is suspended, under the file's inode and birth
 * time.
 */
export class Owners {
  /** In the order in which the files were given away. */
  readonly #given = new Map<string, Owner>()
  #lastCaller: Owner = { uid: 0, gid: 0 }
  #hasSeveralCallers = false

  /** Records the user of a request and returns it; the last one for undefined, which is the agent's helper. */
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
    // A file of root belongs to the user who looks at it, as it did before it was given away.
    if (owner.uid === 0 && owner.gid === 0) return
    this.#given.set(key, owner)
    if (this.#given.size <= maxGiven) return
    const [oldest] = this.#given.keys()
    if (oldest !== undefined) this.#given.delete(oldest)
  }

  /** The nodes on the path to `node`, and in its folders, whose cached owner is another user than `caller`. */
  *ownedByOthers(node: Node, caller: Owner): Iterable<Node> {
    if (!this.#hasSeveralCallers) return
    for (let at: Node | undefined = node; at; at = at.parent) {
      if (at.kernel.hasOwnerOtherThan(caller)) yield at
      if (!at.isDirectory || !at.kernel.visit(caller)) continue
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
