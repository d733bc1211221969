import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Attributes } from '../protocol/fuse'
import { errno, errnoOf, fileType, followsFinalLink, openFlags, refuse } from '../protocol/linux'
import type { PathStyle } from './names'
import { isDirectory, type Node, type NodeTable } from './nodes'
import { OwnFolder } from './own-folder'
import { markBytes, markOf, typeOfMark } from './special-files'

const oPath = 0o10000000
/** A guest's root must not become anybody on the host: no file there runs as its owner because of it. */
const fileModeBits = 0o1777
const folderModeBits = 0o7777

/**
 * The host's file system, as far as it is shared. A path is used only while its folder really stands where the
 * table says: a folder that was swapped for a link leads nowhere. Every call is synchronous, so that nothing the
 * guest asks can come between a check and what it allows; on Linux nothing on the host can either, for what is
 * checked is a handle on the folder, and what is used is a path below that handle. Such paths are valid within `scope`.
 */
export class HostFiles {
  readonly #own: OwnFolder
  #handles: number[] = []

  constructor(
    private readonly nodes: NodeTable,
    readonly style: PathStyle,
    private readonly platform: NodeJS.Platform,
    ownFolder?: string,
  ) {
    this.#own = new OwnFolder(ownFolder, style)
  }

  /** What `folder`, `entry` and `file` return in it is valid in it. */
  scope<T>(act: () => T): T {
    const kept = this.#handles.length
    try {
      return act()
    } finally {
      for (const fd of this.#handles.splice(kept)) fs.closeSync(fd)
    }
  }

  /** Berth's own folder may have come, or be another, since it was looked for. */
  findOwnFolder(): void {
    this.#own.refresh()
  }

  /** The path of a folder, checked. @throws Refusal ENOTDIR, ESTALE; ENOENT and others from the system */
  folder(node: Node): string {
    if (!node.isDirectory) refuse('ENOTDIR')
    return this.#checked(this.nodes.path(node))
  }

  /** The path of a name in a folder; only the folder is checked. @throws as `folder`, and Refusal EINVAL */
  entry(folder: Node, name: string): string {
    const { separator } = this.style
    const checked = this.folder(folder)
    if (this.#own.covers(this.nodes.path(folder) + separator + this.style.check(name))) refuse('ENOENT')
    return checked + separator + name
  }

  /** The path of a name that is to be renamed. @throws as `entry`, and Refusal EBUSY for what Berth's folder is in */
  movable(folder: Node, name: string): string {
    const path = this.entry(folder, name)
    const stats = fs.lstatSync(this.style.forHost(path), { bigint: true })
    if (this.#own.is(stats)) refuse('ENOENT')
    if (this.#own.isIn(stats)) refuse('EBUSY')
    return path
  }

  /** The path of a node, of which the folder that holds it is checked; of one without a name, that of its last. */
  file(node: Node): string {
    if (node.unlinked && node.last) return this.entry(node.last.parent, node.last.name)
    const path = this.nodes.path(node)
    if (!node.parent) return this.#checked(path)
    const { separator } = this.style
    const end = path.lastIndexOf(separator)
    // `..` would be the folder's own folder.
    const place = this.#checked(path.slice(0, end)) + separator + this.style.check(node.name)
    // Moved away by the host and removed, of which the news has yet to come.
    return node.origin && !this.find(place) ? this.entry(node.origin.parent, node.origin.name) : place
  }

  /** Attributes of what is at the path itself, never of what it links to; undefined when nothing is there. */
  find(path: string): Attributes | undefined {
    const stats = fs.lstatSync(this.style.forHost(path), { bigint: true, throwIfNoEntry: false })
    if (!stats || this.#own.is(stats)) return undefined
    const type = stats.isFile() && stats.size === BigInt(markBytes) ? this.#markedType(path) : undefined
    const file = this.#attributes(stats)
    return type === undefined ? file : { ...file, size: 0n, mode: (file.mode & ~fileType.mask) | type }
  }

  /** What a file stands for that may be a mark. */
  #markedType(path: string): number | undefined {
    const content = Buffer.alloc(markBytes)
    try {
      const fd = this.open(path, 0)
      try {
        fs.readSync(fd, content, 0, markBytes, 0)
      } finally {
        fs.closeSync(fd)
      }
    } catch {
      // Nobody may read it, or it is gone.
      return undefined
    }
    return typeOfMark(content)
  }

  get(path: string): Attributes {
    return this.find(path) ?? refuse('ENOENT')
  }

  ofHandle(fd: number): Attributes {
    return this.#attributes(fs.fstatSync(fd, { bigint: true }))
  }

  /** Names in a folder, as bytes or text, with the type of each where the system tells it. */
  names(path: string): { name: string; type: number }[] {
    return this.#list(path).filter(
      ({ name }) => !this.#own.hasName(name) || this.find(path + this.style.separator + name),
    )
  }

  #list(path: string): { name: string; type: number }[] {
    const { style, platform } = this
    // Windows has no names that are bytes.
    if (platform === 'win32')
      return fs
        .readdirSync(path, { withFileTypes: true })
        .map((entry) => ({ name: entry.name, type: typeOf(entry) }))
    return fs
      .readdirSync(style.forHost(path), { withFileTypes: true, encoding: 'buffer' })
      .map((entry) => ({ name: style.decode(entry.name), type: typeOf(entry) }))
  }

  /** Opens a file that is one, not through a link. `flags` are the guest's. */
  open(path: string, flags: number): number {
    const given = this.style.forHost(path)
    const expected = followsFinalLink ? fs.lstatSync(given, { bigint: true }) : undefined
    if (expected?.isSymbolicLink()) refuse('ELOOP')
    const fd = fs.openSync(given, openFlags(flags))
    return orClose(fd, () => {
      const stats = fs.fstatSync(fd, { bigint: true })
      if (!stats.isFile()) refuse('EINVAL')
      if (expected && !isSameFile(stats, expected)) refuse('ESTALE')
      return fd
    })
  }

  /** Opens once more what is open, though it may have no name any more. @throws Refusal ESTALE on Windows */
  openAgain(fd: number, flags: number): number {
    if (this.platform === 'win32') refuse('ESTALE')
    const folder = this.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'
    return fs.openSync(join(folder, String(fd)), openFlags(flags) & ~fs.constants.O_NOFOLLOW)
  }

  /** Makes a file that is not there yet. */
  create(path: string, flags: number, mode: number): number {
    const { O_CREAT, O_EXCL } = fs.constants
    // Windows makes what a link leads to.
    if (followsFinalLink && this.find(path)) refuse('EEXIST')
    const fd = fs.openSync(this.style.forHost(path), openFlags(flags) | O_CREAT | O_EXCL, mode & fileModeBits)
    return orClose(fd, () => {
      this.changeModeOf(fd, mode)
      return fd
    })
  }

  /** Makes a file, or what stands for a socket or a pipe. @throws Refusal EPERM for devices */
  makeNode(path: string, type: number, mode: number): void {
    const mark = type === 0 || type === fileType.regular ? Buffer.alloc(0) : (markOf(type) ?? refuse('EPERM'))
    const fd = this.create(path, 1, mode)
    try {
      fs.writeSync(fd, mark)
    } finally {
      fs.closeSync(fd)
    }
  }

  makeFolder(path: string, mode: number): void {
    fs.mkdirSync(this.style.forHost(path), { mode: mode & folderModeBits })
    this.changeMode(path, mode)
  }

  link(target: string, path: string): void {
    const found = this.get(target)
    // macOS would follow it.
    if ((found.mode & 0o170000) === 0o120000 && this.platform !== 'linux') refuse('EPERM')
    fs.linkSync(this.style.forHost(target), this.style.forHost(path))
  }

  symlink(target: Buffer, path: string): void {
    const { style, platform } = this
    fs.symlinkSync(platform === 'win32' ? target.toString() : target, style.forHost(path))
  }

  readLink(path: string): Buffer {
    return fs.readlinkSync(this.style.forHost(path), { encoding: 'buffer' })
  }

  remove(path: string): void {
    fs.unlinkSync(this.style.forHost(path))
  }

  /** Windows keeps folders by itself, and has no call for it. */
  syncFolder(node: Node): void {
    const path = this.folder(node)
    if (this.platform === 'win32') return
    const fd = fs.openSync(this.style.forHost(path), openFlags(0))
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  removeFolder(path: string): void {
    fs.rmdirSync(this.style.forHost(path))
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.style.forHost(from), this.style.forHost(to))
  }

  truncate(path: string, size: number): void {
    const fd = this.open(path, 1)
    try {
      fs.ftruncateSync(fd, size)
    } finally {
      fs.closeSync(fd)
    }
  }

  changeMode(path: string, mode: number): void {
    const { style, platform } = this
    if (platform === 'win32') return
    const linux = platform === 'linux'
    // Through a handle on the very file: chmod by path would follow a link. Linux opens what may not be read, too.
    const fd = fs.openSync(style.forHost(path), openFlags(0) | (linux ? oPath : 0))
    try {
      const bits = mode & (fs.fstatSync(fd).isDirectory() ? folderModeBits : fileModeBits)
      if (linux) fs.chmodSync(join('/proc/self/fd', String(fd)), bits)
      else fs.fchmodSync(fd, bits)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Of an open file; also of a new one, as the umask of this process is not the guest's business. */
  changeModeOf(fd: number, mode: number): void {
    if (this.platform !== 'win32') fs.fchmodSync(fd, mode & fileModeBits)
  }

  /** Seconds since the epoch. */
  changeTimes(path: string, atime: number | string, mtime: number | string): void {
    fs.lutimesSync(this.style.forHost(path), atime, mtime)
  }

  /** The folder by a path that leads to it and to nothing else: neither a share nor anything in it is a way out. */
  #checked(path: string): string {
    if (this.#own.covers(path)) refuse('ESTALE')
    if (this.platform === 'linux') return this.#held(path)
    const real = this.#real(path)
    if (real !== path && this.style.fold(real) !== this.style.fold(path)) refuse('ESTALE')
    return path
  }

  #held(path: string): string {
    const fd = openFolder(this.style.forHost(path))
    this.#handles.push(fd)
    const held = join('/proc/self/fd', String(fd))
    const real = fs.readlinkSync(held, 'latin1')
    // Some disks take capitals and small letters for one on Linux, too.
    if (real !== path && real.toLowerCase() !== path.toLowerCase()) refuse('ESTALE')
    return `${held}/.`
  }

  #real(path: string): string {
    const given = this.style.forHost(path)
    if (this.platform === 'win32') return fs.realpathSync.native(given)
    return typeof given === 'string'
      ? fs.realpathSync.native(given, 'latin1')
      : this.style.decode(fs.realpathSync.native(given, 'buffer'))
  }

  #attributes(stats: fs.BigIntStats): Attributes {
    const { ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthtimeNs: birthNs, nlink } = stats
    let mode = Number(stats.mode)
    // Windows knows no modes: whatever is there may be run, and nothing is private to root.
    if (this.platform === 'win32') mode |= isDirectory(mode) ? 0o777 : 0o755
    return { ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthNs, mode, nlink: Number(nlink) }
  }
}

/** Linux: a handle that is good for paths only. @throws Refusal ESTALE for what is no folder (any more) */
function openFolder(path: string | Buffer): number {
  const { O_DIRECTORY, O_NOFOLLOW } = fs.constants
  try {
    return fs.openSync(path, oPath | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if (errnoOf(error) === errno.ENOTDIR) refuse('ESTALE')
    throw error
  }
}

/** What is done with a file that was opened just now: when it fails, the file is closed again. */
export function orClose<T>(fd: number, act: () => T): T {
  try {
    return act()
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

/** Windows tells a volume by 64 bits or by the lower half of them, as it was asked by path or by handle. */
function isSameFile(a: fs.BigIntStats, b: fs.BigIntStats): boolean {
  return a.ino === b.ino && BigInt.asUintN(32, a.dev) === BigInt.asUintN(32, b.dev)
}

function typeOf(entry: fs.Dirent | fs.Dirent<Buffer>): number {
  if (entry.isFile()) return 8
  if (entry.isDirectory()) return 4
  return entry.isSymbolicLink() ? 10 : 0
}
