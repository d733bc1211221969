import { fileType } from '../protocol/linux'
import { KernelView } from './kernel-view'

/**
 * A shared folder. Its node number never changes while the folder is shared, so the machine's mounts of it stay valid.
 */
export interface ShareRoot {
  /** The share's name in the root of the FUSE mount. */
  id: string
  /** The folder's path in the settings. */
  hostPath: string
  /** The folder's real path, in the form of `PathStyle`. */
  path: string
  writable: boolean
  /** The path at which the folder is mounted in the machine. */
  guestPath: string
}

/** Whether two shares are the same folder, shared in the same way. */
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
  /** The inode of the host's file. {@link NodeTable.adopt} replaces it by the inode of another file. */
  ino: bigint
  readonly type: number
  readonly share: ShareRoot
  /** The folder of the node's first name. Undefined for a node without a name, and for the root of a share. */
  parent: Node | undefined
  name: string
  /** The names after the first one, for a file with several names. */
  readonly otherNames: Place[] = []
  readonly children = new Map<string, Node>()
  /**
   * The nodes whose files the host has replaced or removed in this folder, by their old names. The kernel still holds
   * these nodes.
   */
  readonly replaced = new Map<string, Node>()
  readonly kernel: KernelView
  /** True if the file has no name any more. Programs that have the file open can still use it. */
  unlinked = false
  /**
   * The file's place before the host moved it. Some editors move a file away, write a new file and delete the old file.
   * The new file is then at this place.
   */
  movedFrom: Place | undefined
  /**
   * The last place of a file that has no name any more. If a container has mounted the file, it gets the new file at
   * this place.
   */
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

  /** All names of the node. */
  get names(): Place[] {
    return [...(this.parent ? [{ parent: this.parent, name: this.name }] : []), ...this.otherNames]
  }

  get isDirectory(): boolean {
    return this.type === fileType.directory
  }
}
