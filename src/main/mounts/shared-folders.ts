import type { MountedFolder } from '../../shared/mounts'
import type { SharedFolder } from '../../shared/settings'
import { isSameShare, type ShareRoot } from '../file-server'
import { FolderLooks } from './folder-looks'
import { mountPoint, type OpenedFolder, withoutNested } from './folder-rules'

/**
 * The shared folders in three forms: as the settings list them, with their problems, and as shares with the machine's
 * ids.
 */
export class SharedFolders {
  readonly #platform: NodeJS.Platform
  #wanted: readonly SharedFolder[] = []
  #folders: MountedFolder[] = []
  #shares: readonly ShareRoot[] = []
  /** The ids by path. A folder keeps its id as long as it is shared. */
  readonly #ids = new Map<string, string>()
  #lastId = 0
  readonly #looks: FolderLooks

  constructor(platform: NodeJS.Platform, ownFolder: string) {
    this.#platform = platform
    this.#looks = new FolderLooks(platform, ownFolder)
  }

  /** The folders as the settings list them. */
  get wanted(): readonly SharedFolder[] {
    return this.#wanted
  }

  /** The folders in the settings, each with its problem if it has one. */
  get folders(): MountedFolder[] {
    return this.#folders
  }

  /**
   * The folders to serve. If a folder goes missing while it is shared, it stays in this list. So containers that use it
   * can continue when it returns.
   */
  get shares(): readonly ShareRoot[] {
    return this.#shares
  }

  /**
   * Looks at each folder. A folder whose drive does not answer in time counts as missing. If it is served already,
   * `replace` changes nothing for it, because each access to it may block the file server.
   */
  async open(folders: readonly SharedFolder[]): Promise<OpenedFolder[]> {
    const looks = await Promise.all(folders.map((folder) => this.#looks.at(folder, this.#idOf(folder.path))))
    return withoutNested(looks, this.#platform)
  }

  /**
   * Whether a folder has changed since it was last opened: it has a new problem, its problem is gone, or its path now
   * leads to another folder.
   */
  hasChanged(opened: readonly OpenedFolder[]): boolean {
    return opened.some((share, index) => {
      if (isSilent(share)) return false
      const problem = 'problem' in share ? share.problem.code : undefined
      if (problem !== this.#folders[index]?.problem?.code) return true
      return !('problem' in share) && !this.#shares.some((known) => isSameShare(known, share))
    })
  }

  /**
   * Shares the opened folders from now on. Returns the ids of the folders that have disappeared or returned. The
   * machine must drop its caches of these folders.
   */
  replace(folders: readonly SharedFolder[], opened: readonly OpenedFolder[]): string[] {
    const before = this.#folders
    this.#wanted = folders
    this.#shares = folders.flatMap((folder, index) => this.#shareOf(folder, opened[index]))
    this.#folders = folders.map((folder, index) => {
      const share = opened[index]
      const known = isSilent(share) ? before.find(({ path }) => path === folder.path) : undefined
      const problem = known ? known.problem : share && 'problem' in share ? share.problem : undefined
      return {
        ...folder,
        guestPath: mountPoint(folder.path, this.#platform),
        ...(problem ? { problem } : {}),
      }
    })
    return this.#folders
      .filter(({ path, problem }) =>
        before.some((folder) => folder.path === path && folder.problem?.code !== problem?.code),
      )
      .map(({ path }) => this.#idOf(path))
  }

  /**
   * Uses the share ids of a suspended machine from now on. Returns the machine's shares that are still shared in the
   * same way.
   */
  async adopt(shares: readonly ShareRoot[]): Promise<ShareRoot[]> {
    this.#ids.clear()
    for (const { id, hostPath } of shares) {
      this.#ids.set(hostPath, id)
      this.#lastId = Math.max(this.#lastId, Number(id))
    }
    const now = await this.open(this.#wanted)
    const silent = this.#wanted.filter((_, index) => isSilent(now[index])).map(({ path }) => path)
    // The shares from before have ids that may now mean other folders.
    this.#shares = shares.filter(({ hostPath }) => !silent.includes(hostPath))
    return shares.filter((share) =>
      now.some((opened) => !('problem' in opened) && isSameShare(opened, share)),
    )
  }

  #shareOf(folder: SharedFolder, opened: OpenedFolder | undefined): ShareRoot[] {
    if (!opened) return []
    if (!('problem' in opened)) return [this.#shares.find((known) => isSameShare(known, opened)) ?? opened]
    if (opened.problem.code !== 'mounts.folder-missing') return []
    const id = this.#idOf(folder.path)
    return this.#shares.filter((share) => share.id === id && share.writable === folder.writable)
  }

  #idOf(path: string): string {
    const known = this.#ids.get(path)
    if (known !== undefined) return known
    const id = String(++this.#lastId)
    this.#ids.set(path, id)
    return id
  }
}

function isSilent(opened: OpenedFolder | undefined): boolean {
  return opened !== undefined && 'problem' in opened && opened.isSilent === true
}
