import type { FolderWatches } from '../changes/folder-watches'
import type { PendingNames } from '../changes/pending-names'
import type { Attributes, CacheTimeout } from '../protocol/fuse'
import { isDirectory, isRegular, isSocket } from '../tree/file-attributes'
import type { Node } from '../tree/node'

/**
 * The timeout for watched names, seconds. This is only an upper bound, because a change expires the cache immediately.
 */
const longSeconds = 3600
/**
 * The timeout for files whose changes Berth may not notice, seconds. An example is a file with several names that are
 * not all watched.
 */
const shortSeconds = 1

/** Decides how long the guest's kernel may cache a reply. The kernel may only cache names in watched folders. */
export class CacheTimeouts {
  readonly #watches: FolderWatches
  readonly #pendingNames: PendingNames

  constructor(watches: FolderWatches, pendingNames: PendingNames) {
    this.#watches = watches
    this.#pendingNames = pendingNames
  }

  ofEntry(folder: Node, name: string, file: Attributes): CacheTimeout {
    if (!this.#watches.isNameWatched(folder, name) || this.#pendingNames.has(folder, name))
      return { entry: 0, attributes: 0 }
    const node = folder.children.get(name)
    const attributes = this.#attributeSeconds(node, file)
    // A folder in a listing may not be watched yet. The kernel must look it up when a program uses it, because the
    // lookup starts the watch.
    const cached = !isDirectory(file.mode) || (node !== undefined && this.#watches.isWatched(node))
    // The server must know of each use of a socket, because the agent may have to listen first.
    if (isSocket(file.mode)) return { entry: 0, attributes }
    return { entry: cached ? longSeconds : 0, attributes }
  }

  /** `watched`: the folder was already watched when Berth looked for the name. */
  ofMissing(folder: Node, name: string, watched: boolean): CacheTimeout {
    if (!watched || !this.#watches.isWatched(folder) || this.#pendingNames.has(folder, name))
      return { entry: 0, attributes: 0 }
    const recorded = this.#watches.recordMissing(folder, name)
    return { entry: recorded ? longSeconds : shortSeconds, attributes: 0 }
  }

  /** The timeout for a node's attributes, seconds. */
  ofAttributes(node: Node, file: Attributes): number {
    if (!node.parent || node.unlinked || !this.#watches.isNameWatched(node.parent, node.name)) return 0
    return this.#attributeSeconds(node, file)
  }

  #attributeSeconds(node: Node | undefined, file: Attributes): number {
    // A folder's times change with its content. Berth notices this only if the folder itself is watched.
    if (isDirectory(file.mode)) return node && this.#watches.isWatched(node) ? longSeconds : shortSeconds
    return isRegular(file.mode) && file.nlink > 1 ? shortSeconds : longSeconds
  }
}
