import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { PathStyle } from './path-style'

/**
 * Berth's own folder (keys, the data disk, logins). It may be inside of a shared folder, but there it must look as if
 * it did not exist. It is recognised by its real path, and by device and inode. The latter find it under any other
 * name, spelling or mount, and after it has been moved.
 */
export class OwnFolder {
  readonly #given: string | undefined
  readonly #style: PathStyle
  #path: string | undefined
  #identity: { dev: bigint; ino: bigint } | undefined
  /** The identities of the folders that it is in. */
  #parents: ReadonlySet<string> = new Set()

  constructor(path: string | undefined, style: PathStyle) {
    this.#given = path
    this.#style = style
    this.refresh()
  }

  /** Looks again where the folder is. */
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

  /** True for a folder that Berth's own folder is in. */
  isIn(stats: fs.BigIntStats): boolean {
    return this.#parents.has(identity(stats))
  }

  /** True when a file of this name may be the folder. */
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

/** The folders that a path is in. */
function parentsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parentsOf(parent)]
}
