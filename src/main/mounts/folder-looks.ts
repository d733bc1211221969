import { BerthError } from '../../shared/errors'
import type { SharedFolder } from '../../shared/settings'
import { within } from '../lib'
import { type FolderLook, lookAtFolder } from './folder-rules'

/** How long a look may take, milliseconds. */
const answerMs = 5_000

interface PendingLook {
  look: Promise<FolderLook>
  /** True if the look has not ended in time. */
  isLate: boolean
}

/**
 * Looks at shared folders. A network drive may hang, and each look at such a drive blocks a thread of Node until the
 * drive answers. So there is only one look at a folder at a time.
 */
export class FolderLooks {
  readonly #platform: NodeJS.Platform
  readonly #ownFolder: string
  /** The looks that have not ended, by folder. */
  readonly #pending = new Map<string, PendingLook>()

  constructor(platform: NodeJS.Platform, ownFolder: string) {
    this.#platform = platform
    this.#ownFolder = ownFolder
  }

  /** Looks at a folder, which gets this id. If its drive does not answer in time, the folder is missing and silent. */
  async at(folder: SharedFolder, id: string): Promise<FolderLook> {
    const problem = new BerthError('mounts.folder-missing', { path: folder.path }).toData()
    const silent: FolderLook = { opened: { problem, isSilent: true }, links: [] }
    const pending = this.#lookAt(folder, id)
    if (pending.isLate) return silent
    try {
      const { opened, links } = await within(pending.look, answerMs, () => new Error('no answer'))
      // The folder may have had another id when the look began.
      return { opened: 'problem' in opened ? opened : { ...opened, id }, links }
    } catch {
      pending.isLate = true
      return silent
    }
  }

  #lookAt(folder: SharedFolder, id: string): PendingLook {
    const key = JSON.stringify([folder.path, folder.writable])
    const known = this.#pending.get(key)
    if (known) return known
    const look = lookAtFolder(folder, id, this.#platform, this.#ownFolder).finally(() =>
      this.#pending.delete(key),
    )
    const pending = { look, isLate: false }
    this.#pending.set(key, pending)
    return pending
  }
}
