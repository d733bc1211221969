import type { Attributes, Owner } from '../protocol/fuse'
import type { Node } from './nodes'

/** Files whose owner is kept; beyond that, those that were given away first are forgotten. */
export const mostGiven = 200_000

/**
 * Who a file belongs to, as programs in the machine see it. On the host all is the user's own. In the machine a file
 * belongs to whoever looks, so that a container may run as anybody and finds everything to be its own, until some
 * program has given it to somebody: that is what everybody is told from then on. The host's file system is not told,
 * node:fs could not: it is kept as long as the machine runs, by what tells a file from every other.
 */
export class Owners {
  readonly #given = new Map<string, Owner>()
  #last: Owner = { uid: 0, gid: 0 }
  #hasSeveral = false

  /** Whoever asks, or did so last: the agent's helper asks for others. */
  asks(owner: Owner | undefined): Owner {
    if (!owner || isSame(owner, this.#last)) return this.#last
    this.#hasSeveral = true
    this.#last = owner
    return owner
  }

  /** Whom the kernel is told that it belongs to. */
  tell(node: Node, file: Attributes, asks: Owner): Owner {
    const given = this.#given.size > 0 ? this.#given.get(keyOf(file)) : undefined
    node.shownTo = given ? undefined : asks
    return given ?? asks
  }

  of(file: Attributes, asks: Owner): Owner {
    return this.#given.get(keyOf(file)) ?? asks
  }

  give(file: Attributes, owner: Owner): void {
    const key = keyOf(file)
    this.#given.delete(key)
    // What is root's was nobody's in particular before, and is so again.
    if (owner.uid === 0 && owner.gid === 0) return
    this.#given.set(key, owner)
    if (this.#given.size <= mostGiven) return
    const [oldest] = this.#given.keys()
    if (oldest !== undefined) this.#given.delete(oldest)
  }

  /** What the kernel remembers as another's on the way to a node, and in the folders there, for one who comes now. */
  *shownToOthers(node: Node, asks: Owner): Iterable<Node> {
    if (!this.#hasSeveral) return
    const isOthers = ({ shownTo }: Node) => shownTo !== undefined && !isSame(shownTo, asks)
    for (let at: Node | undefined = node; at; at = at.parent) {
      if (isOthers(at)) yield at
      if (!at.isDirectory || (at.visitor && isSame(at.visitor, asks))) continue
      at.visitor = asks
      for (const child of at.children.values()) if (isOthers(child)) yield child
    }
  }

  entries(): Iterable<[string, Owner]> {
    return this.#given
  }

  restore(key: string, owner: Owner): void {
    // Who it is that asks is known anew only when somebody does.
    this.#hasSeveral = true
    this.#given.set(key, owner)
  }
}

function isSame(a: Owner, b: Owner): boolean {
  return a.uid === b.uid && a.gid === b.gid
}

function keyOf({ ino, birthNs }: Attributes): string {
  return `${ino} ${birthNs}`
}
