import { randomInt } from 'node:crypto'
import { rootId, type Attributes } from '../protocol/fuse'
import { fileType, refuse } from '../protocol/linux'
import { isRegular, typeBits } from './file-attributes'
import { isSameShare, Node, type NodeOptions, type Place, type ShareRoot } from './node'

/** How many files the guest's kernel may hold at a time. Each file costs about a kilobyte of memory. */
const maxNodes = 1_000_000
/** The highest number of nested folders. No path of a host has as many levels. */
const maxDepth = 16_384

/** The state from which the table generates node numbers. */
export interface Numbering {
  epoch: number
  count: number
}

/** A node from a snapshot. */
export interface RestoredNode extends Omit<NodeOptions, 'parent' | 'name'> {
  places: readonly Place[]
  lastPlace: Place | undefined
}

/**
 * The nodes of all files that the guest's kernel holds, by number. The kernel uses these numbers to identify files. A
 * number represents a name in a folder, and stays valid if the guest renames the file. For a file with several names,
 * the number represents the file. The numbers of one table are never valid in another table, except in a table that
 * continues from a snapshot. The root of a share has the same number in every table.
 */
export class NodeTable {
  readonly #separator: string
  readonly #nodes = new Map<number, Node>()
  readonly #shares = new Map<string, Node>()
  /** Files with several names, by share and inode. */
  readonly #linked = new Map<string, Node>()
  readonly #epoch: number
  readonly #max: number
  #count: number

  constructor(
    separator: string,
    { epoch = randomInt(1, 2 ** 20), count = 0, max = maxNodes }: Partial<Numbering> & { max?: number } = {},
  ) {
    this.#separator = separator
    this.#epoch = epoch
    this.#count = count
    this.#max = max
  }

  /** Replaces the shared folders. Folders that stay shared keep their nodes. */
  setShares(shares: readonly ShareRoot[]): void {
    const wanted = new Map(shares.map((share) => [share.id, share]))
    for (const [id, node] of this.#shares) {
      const share = wanted.get(id)
      if (share && isSameShare(share, node.share)) wanted.delete(id)
      else this.#removeShare(id, node)
    }
    for (const [id, share] of wanted) {
      const node = new Node({ id: shareNodeId(id), name: id, ino: 0n, type: fileType.directory, share })
      this.#shares.set(id, node)
      this.#nodes.set(node.id, node)
    }
  }

  get shareRoots(): Iterable<Node> {
    return this.#shares.values()
  }

  /** The root of a share. */
  share(id: string): Node | undefined {
    return this.#shares.get(id)
  }

  /** @throws Refusal ESTALE for a number that is not valid (any more) */
  get(id: number): Node {
    return this.#nodes.get(id) ?? refuse('ESTALE')
  }

  find(id: number): Node | undefined {
    return this.#nodes.get(id)
  }

  /**
   * Returns the node for a name, or creates a node if the name is not known. The reply that names the node must call
   * {@link KernelView.toldEntry}.
   * @throws Refusal ENFILE
   */
  obtain(parent: Node, name: string, file: Attributes): Node {
    const type = typeBits(file.mode)
    const known = parent.children.get(name)
    if (known?.ino === file.ino && known.type === type) return known
    if (known) this.detachReplaced(parent, name)
    const key = linkKey(parent.share, file)
    const linked = key === undefined ? undefined : this.#linked.get(key)
    if (linked) {
      this.#attach(linked, parent, name)
      return linked
    }
    if (this.#nodes.size >= this.#max) refuse('ENFILE')
    const node = new Node({ id: this.#nextId(), parent, name, ino: file.ino, type, share: parent.share })
    if (key !== undefined) this.#linked.set(key, node)
    this.#nodes.set(node.id, node)
    parent.children.set(name, node)
    return node
  }

  /**
   * Removes a name from its node, because the host has given the name to another file. Unlike after `detach`, a lookup
   * of the name may give it back to the node (`adopt`).
   */
  detachReplaced(parent: Node, name: string): void {
    const node = parent.children.get(name)
    this.detach(parent, name)
    // The host may have renamed the node's file to this name earlier. `lastPlace` is then the place before that rename,
    // where no file is any more. So this name becomes the last place.
    if (node?.lastPlace) this.#mayReturn(node, { parent, name })
  }

  /**
   * Removes a name from its node, because the host has removed the name. Unlike after `detach`, a lookup of the node's
   * last place may give this place back to the node (`adopt`).
   */
  detachRemoved(parent: Node, name: string): void {
    const node = parent.children.get(name)
    this.detach(parent, name)
    if (node?.lastPlace) this.#mayReturn(node, node.lastPlace)
  }

  #mayReturn(node: Node, place: Place): void {
    node.lastPlace = place
    place.parent.replaced.set(place.name, node)
  }

  /**
   * Makes a node represent the file that is now at the node's place. A container that has mounted a single file keeps
   * using the node of that file after the host has replaced the file. If the new file had a node of its own, the
   * guest's kernel would keep two sets of locks and two caches for one file.
   *
   * Returns false, and changes nothing, while a program has the node open. If another node has the place now, the same
   * applies to that node. An open node must keep its file and its name. Also returns false for a file with several
   * names, and for anything but a regular file.
   */
  adopt(node: Node, file: Attributes, isOpen: (node: Node) => boolean): boolean {
    const place = node.unlinked ? node.lastPlace : { parent: node.parent, name: node.name }
    if (!place?.parent || node.otherNames.length > 0 || file.nlink > 1 || isOpen(node)) return false
    if (!isRegular(node.type) || !isRegular(file.mode)) return false
    const { parent, name } = place
    const other = parent.children.get(name)
    if (other && other !== node) {
      if (other.otherNames.length > 0 || isOpen(other)) return false
      this.detach(parent, name)
      // If the kernel uses the other node again, it gets ESTALE, and looks up the name again.
      other.lastPlace = undefined
    }
    if (node.ino !== file.ino) node.kernel.becameOtherFile()
    node.ino = file.ino
    parent.replaced.delete(name)
    if (node.unlinked) this.#attach(node, parent, name)
    return true
  }

  /** Adds a name for a file that the guest knows. */
  addName(node: Node, parent: Node, name: string, file: Attributes): void {
    if (parent.children.get(name) === node) return
    this.detach(parent, name)
    this.#attach(node, parent, name)
    const key = linkKey(parent.share, file)
    if (key !== undefined) this.#linked.set(key, node)
  }

  #attach(node: Node, parent: Node, name: string): void {
    if (node.parent) node.otherNames.push({ parent, name })
    else {
      node.parent = parent
      node.name = name
      node.unlinked = false
      node.lastPlace = undefined
    }
    parent.children.set(name, node)
  }

  /** Removes a name. The node stays in the table until the kernel forgets it, even if no name is left. */
  detach(parent: Node, name: string): void {
    const node = parent.children.get(name)
    if (!node) return
    parent.children.delete(name)
    if (node.parent === parent && node.name === name) {
      const next = node.otherNames.shift()
      node.parent = next?.parent
      node.name = next?.name ?? node.name
      node.unlinked = next === undefined
      node.lastPlace = next || !isRegular(node.type) ? undefined : (node.movedFrom ?? { parent, name })
    } else {
      const index = node.otherNames.findIndex((other) => other.parent === parent && other.name === name)
      if (index !== -1) node.otherNames.splice(index, 1)
    }
  }

  /**
   * Records a rename that has already happened in the host's file system. `byHost`: a program of the host has renamed
   * the file, not the guest. A node that had the new name loses this name.
   * @throws Refusal EINVAL for a folder that would be moved into itself
   */
  move(from: Node, name: string, to: Node, newName: string, byHost = false): void {
    const node = from.children.get(name)
    if (node && this.#upwards(to).includes(node)) refuse('EINVAL')
    if (to.children.get(newName) === node && node !== undefined) return
    if (byHost) this.detachReplaced(to, newName)
    else this.detach(to, newName)
    if (!node) return
    if (byHost) node.movedFrom ??= { parent: from, name }
    else node.movedFrom = undefined
    from.children.delete(name)
    to.children.set(newName, node)
    this.#relocate(node, { parent: from, name }, { parent: to, name: newName })
  }

  #relocate(node: Node, from: Place, to: Place): void {
    if (node.parent === from.parent && node.name === from.name) Object.assign(node, to)
    else {
      const other = node.otherNames.find((link) => link.parent === from.parent && link.name === from.name)
      if (other) Object.assign(other, to)
    }
  }

  /** Exchanges two names, after the host's file system has done so for the guest. */
  exchange(one: Place, other: Place): void {
    const [first, second] = [one, other].map(({ parent, name }) => parent.children.get(name))
    if (first === second) return
    for (const { parent, name } of [one, other]) parent.children.delete(name)
    if (first) this.#put(first, one, other)
    if (second) this.#put(second, other, one)
  }

  #put(node: Node, from: Place, to: Place): void {
    node.movedFrom = undefined
    this.#relocate(node, from, to)
    to.parent.children.set(to.name, node)
  }

  /**
   * Records that the kernel has forgotten `count` lookups of a node. If the kernel no longer holds the node, removes
   * the node and returns it.
   */
  forget(id: number, count: number): Node | undefined {
    const node = this.#nodes.get(id)
    if (!node || this.#shares.get(node.share.id) === node) return undefined
    return node.kernel.forgotten(count) ? this.#remove(node) : undefined
  }

  /**
   * The host path of a node.
   * @throws Refusal ESTALE, ELOOP
   */
  path(node: Node): string {
    return [node.share.path, ...this.names(node)].join(this.#separator)
  }

  /**
   * The names from the share's root to the node.
   * @throws Refusal ESTALE for a node without a name, ELOOP
   */
  names(node: Node): string[] {
    return this.#upwards(node)
      .map(({ name }) => name)
      .reverse()
  }

  /**
   * The node and all folders that contain it, except the share's root.
   * @throws Refusal ESTALE, ELOOP
   */
  #upwards(node: Node): Node[] {
    const nodes: Node[] = []
    for (let at = node; this.#shares.get(at.share.id) !== at; at = at.parent) {
      if (!at.parent || at.unlinked) refuse('ESTALE')
      if (nodes.push(at) > maxDepth) refuse('ELOOP')
    }
    return nodes
  }

  /** True if the table has so many nodes that the kernel should forget some of them. */
  get isCrowded(): boolean {
    return this.#nodes.size > (this.#max * 3) / 4
  }

  all(): Iterable<Node> {
    return this.#nodes.values()
  }

  /** The numbering for a snapshot. A table that is created with this numbering continues with these numbers. */
  get numbering(): Numbering {
    return { epoch: this.#epoch, count: this.#count }
  }

  /** Adds a node from a snapshot. The node's parents must already be in the table. */
  restore({ places, lastPlace, ...options }: RestoredNode): Node {
    const [first, ...others] = places
    const node = new Node({ ...options, ...first })
    node.otherNames.push(...others)
    node.unlinked = first === undefined
    if (node.unlinked && isRegular(node.type)) node.lastPlace = lastPlace
    this.#nodes.set(node.id, node)
    for (const { parent, name } of places) parent.children.set(name, node)
    if (others.length > 0) this.#linked.set(`${node.share.id}/${node.ino}`, node)
    return node
  }

  #nextId(): number {
    return this.#epoch * 2 ** 32 + ++this.#count
  }

  #removeShare(id: string, root: Node): void {
    this.#shares.delete(id)
    this.#nodes.delete(root.id)
    for (const node of [...this.#nodes.values()]) if (node.share === root.share) this.#remove(node)
  }

  #remove(node: Node): Node {
    this.#nodes.delete(node.id)
    // A child with a further name keeps the further name.
    for (const name of [...node.children.keys()]) this.detach(node, name)
    for (const { parent, name } of node.names)
      if (parent.children.get(name) === node) parent.children.delete(name)
    const key = `${node.share.id}/${node.ino}`
    if (this.#linked.get(key) === node) this.#linked.delete(key)
    const { lastPlace } = node
    if (lastPlace?.parent.replaced.get(lastPlace.name) === node)
      lastPlace.parent.replaced.delete(lastPlace.name)
    return node
  }
}

/**
 * The ids of shares are small numbers. The mount's root has the number 1. All other nodes have numbers of at least
 * 2^32.
 */
function shareNodeId(id: string): number {
  return rootId + Number(id)
}

function linkKey(share: ShareRoot, file: Attributes): string | undefined {
  return file.nlink > 1 && isRegular(file.mode) ? `${share.id}/${file.ino}` : undefined
}
