import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { PathStyle } from './path-style'

/**
 * Berth's own folder (keys, the data disk, logins). The folder may be inside a shared folder, but the guest must never
 * see it there. This class recognises the folder by its real path, and by its device and inode. Device and inode
 * identify the folder under any other name, spelling or mount, and after the folder was moved.
 */
export class OwnFolder {
  readonly #given: string | undefined
  readonly #style: PathStyle
  #path: string | undefined
  #identity: { dev: bigint; ino: bigint } | undefined
  /** The identities of all folders that contain Berth's own folder. */
  #parents: ReadonlySet<string> = new Set()

  constructor(path: string | undefined, style: PathStyle) {
    this.#given = path
    this.#style = style
    this.refresh()
  }

  /** Updates the folder's path and identity, because the folder may have been created or replaced. */
  refresh(): void {
    const given = this.#given
    if (given === undefined) return
    this.#path = this.#style.fold(this.#style.fromText(given))
    const stats = fs.statSync(given, { bigint: true, throwIfNoEntry: false })
    if (!stats) return
    const real = fs.realpathSync.native(given)
    this.#identity = { dev: stats.dev, ino: stats.ino }
    this.#path = this.#style.fold(this.#style.fromText(real))
    this.#parents = new Set(parentsOf(real).map((path) => identity(fs.statSync(path, { bigint: true }))))
  }

  is({ dev, ino }: fs.BigIntStats): boolean {
    return ino === this.#identity?.ino && dev === this.#identity.dev
  }

  /** True for a folder that contains Berth's own folder, at any depth. */
  isBelow(stats: fs.BigIntStats): boolean {
    return this.#parents.has(identity(stats))
  }

  /** True if the entry with this name could be Berth's own folder. Only {@link is} decides. */
  hasName(name: string): boolean {
    return this.#path !== undefined && this.#path.endsWith(this.#style.separator + this.#style.fold(name))
  }

  /** True for the folder's real path, and for real paths below it. */
  covers(path: string): boolean {
    if (this.#path === undefined || path.length < this.#path.length) return false
    const folded = this.#style.fold(path)
    return folded === this.#path || folded.startsWith(this.#path + this.#style.separator)
  }
}

function identity({ dev, ino }: fs.BigIntStats): string {
  return `${dev} ${ino}`
}

/** All folders that contain a path, up to the root. */
function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parentsOf(parent)]
}
