import type { Attributes, Validity } from '../protocol/fuse'
import { isDirectory, isRegular, type Node } from './nodes'
import type { FolderWatches } from '../changes/watches'

/** How long the kernel may believe what is watched, seconds. A change is told at once; this is only a bound. */
const longSeconds = 3600
/** A file with several names may be changed through one that nobody watches. */
const shortSeconds = 1

/** How long the guest's kernel may believe what it is told: only what is watched may be remembered. */
export class Validities {
  constructor(
    private readonly watches: FolderWatches,
    /** A name of which something is still to be told to programs in the machine. */
    private readonly isPending: (folder: Node, name: string) => boolean,
  ) {}

  ofEntry(folder: Node, name: string, file: Attributes): Validity {
    if (!this.watches.hasNewsOf(folder, name) || this.isPending(folder, name))
      return { entry: 0, attributes: 0 }
    const node = folder.children.get(name)
    const attributes = this.#attributeSeconds(node, file)
    // A folder in a listing is not watched yet: the kernel is to ask for it once more when somebody wants it.
    const remembered = !isDirectory(file.mode) || (node !== undefined && this.watches.isWatched(node))
    return { entry: remembered ? longSeconds : 0, attributes }
  }

  /** `watched`: since before it was looked for. */
  ofMissing(folder: Node, name: string, watched: boolean): Validity {
    if (!watched || !this.watches.isWatched(folder) || this.isPending(folder, name))
      return { entry: 0, attributes: 0 }
    const remembered = this.watches.rememberMissing(folder, name)
    return { entry: remembered ? longSeconds : shortSeconds, attributes: 0 }
  }

  /** Seconds for a node's attributes. */
  ofNode(node: Node, file: Attributes): number {
    if (!node.parent || node.unlinked || !this.watches.hasNewsOf(node.parent, node.name)) return 0
    return this.#attributeSeconds(node, file)
  }

  #attributeSeconds(node: Node | undefined, file: Attributes): number {
    // A folder's times change with what is in it.
    if (isDirectory(file.mode)) return node && this.watches.isWatched(node) ? longSeconds : shortSeconds
    return isRegular(file.mode) && file.nlink > 1 ? shortSeconds : longSeconds
  }
}
