import { fileType } from '../protocol/linux'
import { KernelView } from './kernel-view'

/** A shared folder. Its place in the table never changes, so mounts of it survive everything. */
export interface ShareRoot {
  /** Its name in the root of the FUSE mount. */
  id: string
  /** The path in the settings. */
  hostPath: string
  /** Its real path, in the form of `PathStyle`. */
  path: string
  writable: boolean
  /** Where it is mounted in the machine. */
  guestPath: string
}

/** The same folder, shared in the same way. */
export const isSameShare = (a: ShareRoot, b: ShareRoot): boolean =>
  a.id === b.id && a.path === b.path && a.writable === b.writable

/** A name in a folder. */
export interface Place {
  parent: Node
  name: string
}

export interface NodeOptions {
  id: number
  parent?: Node | undefined
  name?: string
  ino: bigint
  /** One of {@link fileType}. */
  type: number
  share: ShareRoot
  lookups?: number
}

/** A file or folder that the guest's kernel knows by a number. Only {@link NodeTable} changes its places. */
export class Node {
  readonly id: number
  /** The host's file; another one after {@link NodeTable.adopt}. */
  ino: bigint
  readonly type: number
  readonly share: ShareRoot
  /** The folder of its first name; undefined without a name, and for the root of a share. */
  parent: Node | undefined
  name: string
  /** The further names of a file that has several. */
  readonly otherNames: Place[] = []
  readonly children = new Map<string, Node>()
  /** Files that lost their names in this folder when the host replaced them, and that the kernel still holds. */
  readonly replaced = new Map<string, Node>()
  readonly kernel: KernelView
  /** It has no name any more. Programs that have it open can still use it. */
  unlinked = false
  /** Its place before the host moved it. Some editors move a file away, write a new one and delete the old one. */
  movedFrom: Place | undefined
  /** The last place of a file without a name. A container that has mounted the file gets the file at this place. */
  lastPlace: Place | undefined

  constructor({ id, parent, name = '', ino, type, share, lookups = 0 }: NodeOptions) {
    this.id = id
    this.parent = parent
    this.name = name
    this.ino = ino
    this.type = type
    this.share = share
    this.kernel = new KernelView(id, lookups)
  }

  /** All its names. */
  get names(): Place[] {
    return [...(this.parent ? [{ parent: this.parent, name: this.name }] : []), ...this.otherNames]
  }

  get isDirectory(): boolean {
    return this.type === fileType.directory
  }
}
