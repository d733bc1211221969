import type { Dirent, Stats } from 'node:fs'
import { mkdir, opendir, realpath, stat } from 'node:fs/promises'
import { posix, win32 } from 'node:path'
import pLimit from 'p-limit'
import { BerthError } from '../../shared/errors'
import {
  hostEntryLimit,
  type HostEntry,
  type HostFolder,
  type HostListRequest,
  type HostPlaces,
  type HostShare,
} from '../../shared/host-folders'
import type { MountedFolder } from '../../shared/mounts'
import { fileError } from '../host'
import { fromHome, systemErrorCode } from '../lib'
import { BoundedLooks } from './bounded-looks'
import { guestPath, hostPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'

/** How many names of a folder are read. A folder with more names is cut off, so that it cannot fill the memory. */
const mostNames = 100_000
/** How many symbolic links of a folder are followed, to find out whether they lead to folders. */
const mostLinks = 200

export interface HostFoldersOptions {
  platform: NodeJS.Platform
  homeFolder: string
  /** Berth's own folder, which is part of no share. */
  ownFolder: string
  /** The shared folders, as the settings list them. */
  sharedFolders: () => readonly MountedFolder[]
  /** Reads the names of a folder. Tests replace it by a drive that does not answer. */
  readNames?: typeof readNames
}

interface FoundName {
  name: string
  kind: 'folder' | 'file' | 'link'
}

/** Browses the folders of this computer for the folder picker. */
export class HostFolders {
  readonly #options: HostFoldersOptions
  readonly #looks: BoundedLooks

  constructor(options: HostFoldersOptions) {
    this.#options = options
    this.#looks = new BoundedLooks(options.platform)
  }

  /** Where a search can begin. A drive of Windows that does not answer in time is left out. */
  async places(): Promise<HostPlaces> {
    const { platform, homeFolder } = this.#options
    if (platform !== 'win32') return { home: homeFolder, drives: ['/'] }
    const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index))
    const limit = pLimit(2)
    const drives = await Promise.all(letters.map((letter) => limit(() => this.#drive(`${letter}:\\`))))
    return { home: homeFolder, drives: drives.flat() }
  }

  /**
   * Lists a folder of this computer.
   * @throws BerthError mounts.not-absolute, mounts.network-path, host-folder.no-answer, files.not-found,
   * files.not-a-folder, files.not-allowed, files.failed
   */
  async list({ path: written, prefix, hidden, files }: HostListRequest): Promise<HostFolder> {
    const { path, place } = this.#resolve(written)
    return this.#looks.at({ path, place }, async () => {
      const names = await this.#names(path)
      const share = await this.#shareOf(path)
      const showsHidden = hidden || prefix.startsWith('.')
      const wanted = fold(prefix)
      const matching = names.filter(({ name, kind }) => {
        if (kind === 'file' && !files) return false
        return fold(name).startsWith(wanted)
      })
      const visible = matching.filter(({ name }) => showsHidden || !isHidden(name))
      const found = await this.#withLinks(path, visible, files)
      const sorted = found.sort(inOrder)
      return {
        path,
        parent: this.#parent(path),
        share,
        entries: sorted.slice(0, hostEntryLimit).map((entry) => this.#entry(path, entry, share)),
        total: found.length,
        hidden: matching.length - visible.length,
      }
    })
  }

  /**
   * Makes a folder, and returns its path.
   * @throws BerthError mounts.not-absolute, mounts.network-path, host-folder.name, host-folder.no-answer,
   * mounts.own-folder, files.exists, files.not-found, files.not-allowed, files.failed, host.no-space
   */
  async create(parent: string, name: string): Promise<string> {
    const { path: folder, place } = this.#resolve(parent)
    const { platform, ownFolder } = this.#options
    if (!isUsableName(name, platform)) throw new BerthError('host-folder.name', { name })
    const path = this.#style.join(folder, name)
    return this.#looks.at({ path, place }, async () => {
      try {
        const real = guestPath(await realpath(folder), platform)
        if ([place, real].some((each) => each !== undefined && isInOwnFolder(each, ownFolder, platform)))
          throw new BerthError('mounts.own-folder', { path })
        await mkdir(path)
      } catch (error) {
        if (systemErrorCode(error) === 'EEXIST') throw new BerthError('files.exists', { path })
        throw fileError(path, error)
      }
      return path
    })
  }

  /**
   * Settles like `act`, which reads a folder of this computer. Refuses if too many looks at folders have no answer.
   * @throws BerthError mounts.not-absolute, mounts.network-path, host-folder.no-answer; the error of `act`
   */
  async look<T>(written: string, act: () => Promise<T>): Promise<T> {
    return this.#looks.at(this.#resolve(written), act)
  }

  get #style(): typeof posix {
    return this.#options.platform === 'win32' ? win32 : posix
  }

  /** @throws BerthError mounts.not-absolute, mounts.network-path */
  #resolve(written: string): { path: string; place: string } {
    const { platform, homeFolder } = this.#options
    // The name of a folder may end with a space.
    const typed = written.trim() === '' ? '' : written.trimStart()
    if (isNetworkPath(typed)) throw new BerthError('mounts.network-path', { path: typed })
    const whole = typed === '' ? homeFolder : fromHome(typed, homeFolder)
    const place = guestPath(whole, platform)
    if (place === undefined) throw new BerthError('mounts.not-absolute', { path: written })
    if (platform === 'win32') return { path: hostPath(place, platform), place }
    const normal = posix.normalize(whole)
    return { path: normal.length > 1 ? normal.replace(/\/$/, '') : normal, place }
  }

  #parent(path: string): string | null {
    const parent = this.#style.dirname(path)
    return parent === path ? null : parent
  }

  async #drive(path: string): Promise<string[]> {
    try {
      const place = guestPath(path, this.#options.platform) ?? path
      await this.#looks.at({ path, place, isOptional: true }, () => stat(path))
      return [path]
    } catch {
      return []
    }
  }

  async #names(path: string): Promise<FoundName[]> {
    try {
      return await (this.#options.readNames ?? readNames)(path)
    } catch (error) {
      if (systemErrorCode(error) === 'ENOTDIR') throw new BerthError('files.not-a-folder', { path })
      throw fileError(path, error)
    }
  }

  /** Finds out which symbolic links lead to folders. Any other link counts as a file, also one to a silent drive. */
  async #withLinks(folder: string, names: readonly FoundName[], files: boolean): Promise<FoundName[]> {
    const limit = pLimit(2)
    const links = names.filter(({ kind }) => kind === 'link').slice(0, mostLinks)
    const targets = new Map<string, Stats | undefined>()
    await Promise.all(
      links.map(({ name }) =>
        limit(async () => {
          const path = this.#style.join(folder, name)
          const look = { path, place: guestPath(path, this.#options.platform) ?? path, isOptional: true }
          targets.set(name, await this.#looks.at(look, () => stat(path)).catch(() => undefined))
        }),
      ),
    )
    return names.flatMap((found): FoundName[] => {
      if (found.kind !== 'link') return [found]
      const isFolder = targets.get(found.name)?.isDirectory() === true
      if (isFolder) return [{ name: found.name, kind: 'folder' }]
      return files ? [{ name: found.name, kind: 'file' }] : []
    })
  }

  #entry(folder: string, { name, kind }: FoundName, share: HostShare): HostEntry {
    const { platform, ownFolder, sharedFolders } = this.#options
    const path = this.#style.join(folder, name)
    const place = guestPath(path, platform)
    const isOwn = place !== undefined && isInOwnFolder(place, ownFolder, platform)
    const shared = sharedFolders().find(
      (one) => place !== undefined && pathBelow(place, one.guestPath, platform) === '',
    )
    const ownShare = isOwn ? 'own' : shared === undefined ? share : shareIn(shared)
    return { name, path, isFolder: kind === 'folder', share: ownShare }
  }

  /** How containers can use a folder. Follows symbolic links, as a bind mount does. */
  async #shareOf(path: string): Promise<HostShare> {
    const { platform, ownFolder, sharedFolders } = this.#options
    const real = await realpath(path).catch(() => path)
    const places = [path, real].flatMap((one) => guestPath(one, platform) ?? [])
    if (places.some((place) => isInOwnFolder(place, ownFolder, platform))) return 'own'
    const realPlace = guestPath(real, platform)
    if (realPlace === undefined) return 'none'
    const usable = sharedFolders().filter(({ problem }) => !problem)
    const isBelow = (base: string | undefined) =>
      base !== undefined && pathBelow(realPlace, base, platform) !== undefined
    for (const folder of usable) if (isBelow(folder.guestPath)) return shareIn(folder)
    for (const folder of usable) {
      const look = { path: folder.path, place: folder.guestPath, isOptional: true }
      const base = await this.#looks.at(look, () => realpath(folder.path)).catch(() => folder.path)
      if (isBelow(guestPath(base, platform))) return shareIn(folder)
    }
    return 'none'
  }
}

function shareIn({ writable, problem }: MountedFolder): HostShare {
  if (problem) return 'none'
  return writable ? 'writable' : 'read-only'
}

/** Reads the names of a folder, at most {@link mostNames}. Leaves out devices, sockets and pipes. */
async function readNames(path: string): Promise<FoundName[]> {
  const names: FoundName[] = []
  const folder = await opendir(path, { bufferSize: 512 })
  for await (const entry of folder) {
    const kind = kindOf(entry)
    if (kind !== undefined) names.push({ name: entry.name, kind })
    if (names.length >= mostNames) break
  }
  return names
}

function kindOf(entry: Dirent): FoundName['kind'] | undefined {
  if (entry.isDirectory()) return 'folder'
  if (entry.isFile()) return 'file'
  return entry.isSymbolicLink() ? 'link' : undefined
}

/** Folders of Windows that look like ordinary ones, but that nobody chooses. */
const systemNames = new Set(['$recycle.bin', 'system volume information'])

function isHidden(name: string): boolean {
  return name.startsWith('.') || systemNames.has(name.toLowerCase())
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function inOrder(a: FoundName, b: FoundName): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1
  return byName.compare(a.name, b.name)
}

/** Names that Windows keeps for devices, with or without an ending. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

function isUsableName(name: string, platform: NodeJS.Platform): boolean {
  if (name === '.' || name === '..' || /[/\0]/.test(name)) return false
  if (Buffer.byteLength(name) > 255) return false
  if (platform !== 'win32') return true
  return !/[<>:"\\|?*\p{Cc}]/u.test(name) && !/[ .]$/.test(name) && !deviceName.test(name)
}
