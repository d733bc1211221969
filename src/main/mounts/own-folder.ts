import * as fs from 'node:fs'
import type { PathStyle } from './names'

/**
 * Berth's own folder (keys, the data disk, logins), which is in no share though it may lie in one: there it is answered
 * for as if it did not exist. It is known by its real path, and by what it is on its disk: by that under every other
 * name, spelling or mount, and when somebody has moved it.
 */
export class OwnFolder {
  #path: string | undefined
  #identity: { dev: bigint; ino: bigint } | undefined

  constructor(
    private readonly given: string | undefined,
    private readonly style: PathStyle,
  ) {
    this.refresh()
  }

  /** Looks where it is by now. */
  refresh(): void {
    if (this.given === undefined) return
    this.#path = this.style.fold(this.style.fromText(this.given))
    const stats = fs.statSync(this.given, { bigint: true, throwIfNoEntry: false })
    if (!stats) return
    this.#identity = { dev: stats.dev, ino: stats.ino }
    this.#path = this.style.fold(this.style.fromText(fs.realpathSync.native(this.given)))
  }

  is({ dev, ino }: fs.BigIntStats): boolean {
    return ino === this.#identity?.ino && dev === this.#identity.dev
  }

  /** Something of this name may be the folder. */
  hasName(name: string): boolean {
    return this.#path !== undefined && this.#path.endsWith(this.style.separator + this.style.fold(name))
  }

  /** A real path is the folder's, or one in it. */
  covers(path: string): boolean {
    if (this.#path === undefined || path.length < this.#path.length) return false
    return this.#liesIn(this.style.fold(path), this.#path)
  }

  /** A real path is of a folder that the own one lies in. */
  isBelow(path: string): boolean {
    return this.#path !== undefined && this.#liesIn(this.#path, this.style.fold(path))
  }

  #liesIn(path: string, folder: string): boolean {
    return path === folder || path.startsWith(folder + this.style.separator)
  }
}
