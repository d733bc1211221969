import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { PathStyle } from './names'

/**
 * Berth's own folder (keys, the data disk, logins), which is in no share though it may lie in one: there it is answered
 * for as if it did not exist. It is known by its real path, and by what it is on its disk: by that under every other
 * name, spelling or mount, and when somebody has moved it.
 */
export class OwnFolder {
  #path: string | undefined
  #identity: { dev: bigint; ino: bigint } | undefined
  /** Of the folders that it lies in. */
  #around: ReadonlySet<string> = new Set()

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
    const real = fs.realpathSync.native(this.given)
    this.#identity = { dev: stats.dev, ino: stats.ino }
    this.#path = this.style.fold(this.style.fromText(real))
    this.#around = new Set(around(real).map((path) => identity(fs.statSync(path, { bigint: true }))))
  }

  is({ dev, ino }: fs.BigIntStats): boolean {
    return ino === this.#identity?.ino && dev === this.#identity.dev
  }

  /** It lies in that. */
  isIn(stats: fs.BigIntStats): boolean {
    return this.#around.has(identity(stats))
  }

  /** Something of this name may be the folder. */
  hasName(name: string): boolean {
    return this.#path !== undefined && this.#path.endsWith(this.style.separator + this.style.fold(name))
  }

  /** A real path is the folder's, or one in it. */
  covers(path: string): boolean {
    if (this.#path === undefined || path.length < this.#path.length) return false
    const folded = this.style.fold(path)
    return folded === this.#path || folded.startsWith(this.#path + this.style.separator)
  }
}

function identity({ dev, ino }: fs.BigIntStats): string {
  return `${dev} ${ino}`
}

/** The folders that a path lies in. */
function around(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...around(parent)]
}
