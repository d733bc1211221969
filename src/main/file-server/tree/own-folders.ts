import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { PathStyle } from './path-style'

/**
 * Berth's own folders (keys, the data disk, logins, the docker socket). They may be inside a shared folder, but the
 * guest must never see them there.
 */
export class OwnFolders {
  readonly #folders: readonly HiddenFolder[]

  constructor(paths: readonly string[], style: PathStyle) {
    this.#folders = paths.map((path) => new HiddenFolder(path, style))
  }

  /** Updates the folders' paths and identities, because the folders may have been created or replaced. */
  refresh(): void {
    for (const folder of this.#folders) folder.refresh()
  }

  is(stats: fs.BigIntStats): boolean {
    return this.#folders.some((folder) => folder.is(stats))
  }

  /** True for a folder that contains an own folder, at any depth. */
  isBelow(stats: fs.BigIntStats): boolean {
    return this.#folders.some((folder) => folder.isBelow(stats))
  }

  /** True if the entry with this name could be an own folder. Only {@link is} decides. */
  hasName(name: string): boolean {
    return this.#folders.some((folder) => folder.hasName(name))
  }

  /** True for the real path of an own folder, and for real paths below it. */
  covers(path: string): boolean {
    return this.#folders.some((folder) => folder.covers(path))
  }
}

/**
 * Recognises a folder by its real path, and by its device and inode. Device and inode identify the folder under any
 * other name, spelling or mount, and after the folder was moved.
 */
class HiddenFolder {
  readonly #given: string
  readonly #style: PathStyle
  #path: string
  #identity: { dev: bigint; ino: bigint } | undefined
  /** The identities of all folders that contain the folder. */
  #parents: ReadonlySet<string> = new Set()

  constructor(path: string, style: PathStyle) {
    this.#given = path
    this.#style = style
    this.#path = style.fold(style.fromText(path))
    this.refresh()
  }

  refresh(): void {
    const given = this.#given
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

  isBelow(stats: fs.BigIntStats): boolean {
    return this.#parents.has(identity(stats))
  }

  hasName(name: string): boolean {
    return this.#path.endsWith(this.#style.separator + this.#style.fold(name))
  }

  covers(path: string): boolean {
    if (path.length < this.#path.length) return false
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
