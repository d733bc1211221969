import type { MountedFolder } from '../../shared/mounts'
import type { SharedFolder } from '../../shared/settings'
import { isSameShare, type ShareRoot } from '../file-server'
import { openFolders, placeOf, type OpenedFolder } from './shared-folders'

/** The folders that are shared, and what the machine knows each as. */
export class ShareSet {
  #wanted: readonly SharedFolder[] = []
  #folders: MountedFolder[] = []
  #shares: readonly ShareRoot[] = []
  /** By path: a folder keeps its id as long as it is shared. */
  readonly #ids = new Map<string, string>()
  #lastId = 0

  constructor(
    private readonly platform: NodeJS.Platform,
    private readonly ownFolder: string,
  ) {}

  /** As the settings have them. */
  get wanted(): readonly SharedFolder[] {
    return this.#wanted
  }

  /** The same, each with its problem. */
  get folders(): MountedFolder[] {
    return this.#folders
  }

  /** What is served, a folder that has gone included: when it comes back, what was mounted of it goes on. */
  get shares(): readonly ShareRoot[] {
    return this.#shares
  }

  open(folders: readonly SharedFolder[]): Promise<OpenedFolder[]> {
    const wanted = folders.map((folder) => ({ folder, id: this.#idOf(folder.path) }))
    return openFolders(wanted, this.platform, this.ownFolder)
  }

  /** Whether opening the wanted folders once more has found another drive, or none. */
  isNews(opened: readonly OpenedFolder[]): boolean {
    return opened.some((share, index) => {
      const problem = 'problem' in share ? share.problem.code : undefined
      if (problem !== this.#folders[index]?.problem?.code) return true
      return !('problem' in share) && !this.#shares.some((known) => isSameShare(known, share))
    })
  }

  /** Shares what was opened from now on. Returns the ids of those that have come or gone, to be forgotten. */
  take(folders: readonly SharedFolder[], opened: readonly OpenedFolder[]): string[] {
    const before = this.#folders
    this.#wanted = folders
    this.#shares = folders.flatMap((folder, index) => this.#shareOf(folder, opened[index]))
    this.#folders = folders.map((folder, index) => {
      const share = opened[index]
      const problem = share && 'problem' in share ? share.problem : undefined
      return { ...folder, guestPath: placeOf(folder.path, this.platform), ...(problem ? { problem } : {}) }
    })
    return this.#folders
      .filter(({ path, problem }) =>
        before.some((folder) => folder.path === path && folder.problem?.code !== problem?.code),
      )
      .map(({ path }) => this.#idOf(path))
  }

  /** Goes on with what a suspended machine has mounted, and returns what of it is still shared in the same way. */
  async adopt(shares: readonly ShareRoot[]): Promise<ShareRoot[]> {
    this.#ids.clear()
    for (const { id, hostPath } of shares) {
      this.#ids.set(hostPath, id)
      this.#lastId = Math.max(this.#lastId, Number(id))
    }
    const now = await this.open(this.#wanted)
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
