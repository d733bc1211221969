import { randomInt } from 'node:crypto'
import { rootId, type Attributes, type Owner } from '../protocol/fuse'
import { fileType, refuse } from '../protocol/linux'

/** A folder that is shared: its place in the table never changes, so that mounts of it survive everything. */
export interface ShareRoot {
  /** Its name in the mount's root. */
  id: string
  /** As the settings say. */
  hostPath: string
  /** Its real path, as `PathStyle` keeps paths. */
  path: string
  writable: boolean
  /** Where it is mounted in the machine. */
  guestPath: string
}

/** The same folder, to be used in the same way. */
export const isSameShare = (a: ShareRoot, b: ShareRoot): boolean =>
  a.id === b.id && a.path === b.path && a.writable === b.writable

/** What tells two states of a file apart. */
export interface FileState {
  ino: bigint
  size: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  birthNs: bigint
  mode: number
  nlink: number
}

export function stateOf({ ino, size, mtimeNs, ctimeNs, birthNs, mode, nlink }: Attributes): FileState {
  return { ino, size, mtimeNs, ctimeNs, birthNs, mode, nlink }
}

export const isDirectory = (mode: number): boolean => (mode & fileType.mask) === fileType.directory
export const isRegular = (mode: number): boolean => (mode & fileType.mask) === fileType.regular
export const sameContent = (a: FileState, b: FileState): boolean =>
  a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size
/** Nobody has touched it: who writes to a file may set its time of modification back, but never that of its change. */
export const isUntouched = (a: FileState, b: FileState): boolean =>
  sameContent(a, b) && a.ctimeNs === b.ctimeNs

/** Files that the guest's kernel may hold; each costs about a kilobyte. */
const mostNodes = 1_000_000
/** Folders within each other; no path of a host is as long. */
const deepest = 16_384

/** A file or folder that the guest's kernel knows by number. */
export class Node {
  /** How often the kernel has been told of it and has not forgotten it. */
  lookups = 0
  /** The other names of a file that has several. */
  readonly otherNames: { parent: Node; name: string }[] = []
  readonly children = new Map<string, Node>()
  /** What the kernel was told last; undefined once that is known to be wrong. */
  told: FileState | undefined
  /** The content that was put into the kernel's page cache. */
  stored: FileState | undefined
  /** Whose the kernel believes it to be, when that is only who asked. */
  shownTo: Owner | undefined
  /** Who came last to a folder. */
  visitor: Owner | undefined
  /** It has no name any more; who holds it open may go on with it. */
  unlinked = false
  /** Where it stood before the host moved it: editors save so, and remove it then. */
  origin: { parent: Node; name: string } | undefined
  /** Of a file without a name: where it stood. A container that has mounted this very file means whatever is there. */
  last: { parent: Node; name: string } | undefined
  /** It stands in for what was gone before the guest knew of it. */
  ghost = false

  constructor(
    readonly id: number,
    public parent: Node | undefined,
    public name: string,
    public ino: bigint,
    public type: number,
    readonly share: ShareRoot,
  ) {}

  /** Every place where it stands. */
  get names(): { parent: Node; name: string }[] {
    return [...(this.parent ? [{ parent: this.parent, name: this.name }] : []), ...this.otherNames]
  }

  get isDirectory(): boolean {
    return this.type === fileType.directory
  }
}

/**
 * The numbers that the guest's kernel has for files. A number means a name in a folder, and moves with the guest's
 * renames; for a file with several names it means the file. Numbers of another table are never valid in this one.
 */
export class NodeTable {
  readonly #nodes = new Map<number, Node>()
  readonly #shares = new Map<string, Node>()
  /** Files with several names, by inode. */
  readonly #linked = new Map<string, Node>()
  readonly #epoch: number
  readonly #most: number
  #count: number

  constructor(
    private readonly separator: string,
    { epoch = randomInt(1, 2 ** 20), count = 0, most = mostNodes } = {},
  ) {
    this.#epoch = epoch
    this.#count = count
    this.#most = most
  }

  /** The folders that are shared, by id. Those that stay keep their nodes. */
  setShares(shares: readonly ShareRoot[]): void {
    const wanted = new Map(shares.map((share) => [share.id, share]))
    for (const [id, node] of this.#shares) {
      const share = wanted.get(id)
      if (share && isSameShare(share, node.share)) wanted.delete(id)
      else this.#removeShare(id, node)
    }
    for (const [id, share] of wanted) {
      const node = new Node(shareNodeId(id), undefined, id, 0n, fileType.directory, share)
      this.#shares.set(id, node)
      this.#nodes.set(node.id, node)
    }
  }

  get shareRoots(): Iterable<Node> {
    return this.#shares.values()
  }

  share(id: string): Node | undefined {
    return this.#shares.get(id)
  }

  /** @throws Refusal ESTALE for a number that means nothing (any more) */
  get(id: number): Node {
    return this.#nodes.get(id) ?? refuse('ESTALE')
  }

  find(id: number): Node | undefined {
    return this.#nodes.get(id)
  }

  /** The node of a name that the guest is about to be told of. `learn` must follow when it is. */
  at(parent: Node, name: string, file: Attributes): Node {
    const type = file.mode & fileType.mask
    const known = parent.children.get(name)
    if (known?.ino === file.ino && known.type === type) return known
    if (known) this.detach(parent, name)
    const key = linkKey(parent.share, file)
    const linked = key === undefined ? undefined : this.#linked.get(key)
    if (linked) {
      this.#attach(linked, parent, name)
      return linked
    }
    if (this.#nodes.size >= this.#most) refuse('ENFILE')
    const node = new Node(this.#nextId(), parent, name, file.ino, type, parent.share)
    if (key !== undefined) this.#linked.set(key, node)
    this.#nodes.set(node.id, node)
    parent.children.set(name, node)
    return node
  }

  /** The kernel has been told of the node once more. */
  learn(node: Node, file: Attributes): void {
    node.lookups++
    node.ghost = false
    node.told = stateOf(file)
  }

  /** Another name for a file that the guest knows. */
  addName(node: Node, parent: Node, name: string, file: Attributes): void {
    if (parent.children.get(name) === node) return
    this.detach(parent, name)
    this.#attach(node, parent, name)
    const key = linkKey(parent.share, file)
    if (key !== undefined) this.#linked.set(key, node)
  }

  #attach(node: Node, parent: Node, name: string): void {
    if (node.parent) node.otherNames.push({ parent, name })
    else Object.assign(node, { parent, name, unlinked: false, last: undefined })
    parent.children.set(name, node)
  }

  /** The name is gone. The node stays, nameless perhaps, until the kernel forgets it. */
  detach(parent: Node, name: string): void {
    const node = parent.children.get(name)
    if (!node) return
    parent.children.delete(name)
    if (node.parent === parent && node.name === name) {
      const next = node.otherNames.shift()
      node.parent = next?.parent
      node.name = next?.name ?? node.name
      node.unlinked = next === undefined
      node.last = next || !isRegular(node.type) ? undefined : (node.origin ?? { parent, name })
    } else {
      const index = node.otherNames.findIndex((other) => other.parent === parent && other.name === name)
      if (index !== -1) node.otherNames.splice(index, 1)
    }
  }

  /**
   * A rename, after the host's file system has done it: `byHost`, not for the guest. What had the new name loses it.
   * @throws Refusal EINVAL for a folder that would get into itself
   */
  move(from: Node, name: string, to: Node, newName: string, byHost = false): void {
    const node = from.children.get(name)
    if (node && this.#upwards(to).includes(node)) refuse('EINVAL')
    if (to.children.get(newName) === node && node !== undefined) return
    this.detach(to, newName)
    if (!node) return
    if (byHost) node.origin ??= { parent: from, name }
    else node.origin = undefined
    from.children.delete(name)
    to.children.set(newName, node)
    if (node.parent === from && node.name === name) {
      node.parent = to
      node.name = newName
    } else {
      const other = node.otherNames.find((link) => link.parent === from && link.name === name)
      if (other) Object.assign(other, { parent: to, name: newName })
    }
  }

  /** Returns the node when the kernel holds it no more; it is gone from the table then. */
  forget(id: number, count: number): Node | undefined {
    const node = this.#nodes.get(id)
    if (!node || this.#shares.get(node.share.id) === node) return undefined
    node.lookups = Math.max(0, node.lookups - count)
    return node.lookups === 0 ? this.#remove(node) : undefined
  }

  /** The host path of a node. @throws Refusal ESTALE when it has none any more */
  path(node: Node): string {
    return [node.share.path, ...this.names(node)].join(this.separator)
  }

  /** The names from the share's root to the node. @throws Refusal ESTALE, ELOOP */
  names(node: Node): string[] {
    return this.#upwards(node)
      .map(({ name }) => name)
      .reverse()
  }

  /** The node and the folders it is in, without the share's root. @throws Refusal ESTALE, ELOOP */
  #upwards(node: Node): Node[] {
    const nodes: Node[] = []
    for (let at = node; this.#shares.get(at.share.id) !== at; at = at.parent) {
      if (!at.parent || at.unlinked) refuse('ESTALE')
      if (nodes.push(at) > deepest) refuse('ELOOP')
    }
    return nodes
  }

  /** So many that the kernel should give some back. */
  get isCrowded(): boolean {
    return this.#nodes.size > (this.#most * 3) / 4
  }

  all(): Iterable<Node> {
    return this.#nodes.values()
  }

  /** For a snapshot: what a table that goes on with these numbers needs. */
  get numbering(): { epoch: number; count: number } {
    return { epoch: this.#epoch, count: this.#count }
  }

  /** From a snapshot; parents come before their children. */
  restore(node: Node): void {
    this.#nodes.set(node.id, node)
    if (node.parent && !node.unlinked) node.parent.children.set(node.name, node)
    for (const { parent, name } of node.otherNames) parent.children.set(name, node)
    if (node.otherNames.length > 0) this.#linked.set(`${node.share.id}/${node.ino}`, node)
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
    // What has another name goes on by that.
    for (const name of [...node.children.keys()]) this.detach(node, name)
    for (const { parent, name } of node.names)
      if (parent.children.get(name) === node) parent.children.delete(name)
    const key = `${node.share.id}/${node.ino}`
    if (this.#linked.get(key) === node) this.#linked.delete(key)
    return node
  }
}

/** Ids of shares are small numbers; the root has 1, every other node is far above. */
function shareNodeId(id: string): number {
  return rootId + Number(id)
}

function linkKey(share: ShareRoot, file: Attributes): string | undefined {
  return file.nlink > 1 && isRegular(file.mode) ? `${share.id}/${file.ino}` : undefined
}
