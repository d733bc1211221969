import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Attributes } from '../protocol/fuse'
import {
  entryType,
  errno,
  errnoOf,
  fileType,
  followsFinalLink,
  openFlags,
  openMode,
  refuse,
} from '../protocol/linux'
import { setFileTimes, setWindowsFileTimes, type FileTime } from '../native/file-times'
import { allocate, exchange } from '../native/linux-calls'
import { isDirectory, typeBits } from './file-attributes'
import type { Node } from './node'
import type { NodeTable } from './node-table'
import { OwnFolders } from './own-folders'
import type { PathStyle } from './path-style'
import { startsAsProgram } from './program-files'
import { markedType, markerBytes, markerOf } from './special-files'

/** Linux's O_PATH, which node:fs does not have. */
const oPath = 0o10000000
/**
 * Files get no setuid and setgid bits. With these bits, root in a guest could make a host file run with the rights of
 * the file's owner.
 */
const fileModeBits = 0o1777
const folderModeBits = 0o7777
const executableBits = 0o111

export interface HostFilesOptions {
  nodes: NodeTable
  style: PathStyle
  platform: NodeJS.Platform
  /** Berth's own folders, which the guest must not see. */
  ownFolders: readonly string[]
}

/**
 * The shared part of the host's file system.
 *
 * Before each use of a path, this class verifies that the real path of its folder matches the node table. A folder that
 * was replaced by a symbolic link therefore leads nowhere. Every call is synchronous, so no other request of the guest
 * can run between the verification of a path and its use. On Linux, programs of the host cannot interfere either.
 * There, this class opens the folder, verifies the open folder, and uses a path below the open folder. Such paths are
 * valid only inside `scope`.
 */
export class HostFiles {
  readonly style: PathStyle
  /**
   * True if the system's watches report every event of a name, in order. The watches of macOS and Windows combine
   * events.
   */
  readonly hasPreciseEvents: boolean
  /** True on Windows, where file times can only be set by path. The system does not know Node's file descriptors. */
  readonly setsTimesByPath: boolean
  readonly #nodes: NodeTable
  readonly #platform: NodeJS.Platform
  readonly #own: OwnFolders
  #handles: number[] = []

  constructor({ nodes, style, platform, ownFolders }: HostFilesOptions) {
    this.style = style
    this.hasPreciseEvents = platform === 'linux'
    this.setsTimesByPath = platform === 'win32'
    this.#nodes = nodes
    this.#platform = platform
    this.#own = new OwnFolders(ownFolders, style)
  }

  /** Runs `act`. The paths that `folder`, `entry` and `file` return inside `act` are valid until `act` returns. */
  scope<T>(act: () => T): T {
    const kept = this.#handles.length
    try {
      return act()
    } finally {
      for (const fd of this.#handles.splice(kept)) fs.closeSync(fd)
    }
  }

  /** Looks up Berth's own folders again, because they may have been created or replaced. */
  findOwnFolders(): void {
    this.#own.refresh()
  }

  /**
   * The verified path of a folder.
   * @throws Refusal ENOTDIR, ESTALE, ELOOP; ENOENT and other errors of the system
   */
  folder(node: Node): string {
    if (!node.isDirectory) refuse('ENOTDIR')
    return this.#verified(this.#nodes.path(node))
  }

  /**
   * The path of a name in a folder. Only the folder is verified.
   * @throws as `folder`, and Refusal EINVAL, ENAMETOOLONG; ENOENT for Berth's own folders
   */
  entry(folder: Node, name: string): string {
    const { separator } = this.style
    const verified = this.folder(folder)
    if (this.#own.covers(this.#nodes.path(folder) + separator + this.style.validName(name))) refuse('ENOENT')
    return verified + separator + name
  }

  /**
   * The path of a name that will be renamed.
   * @throws as `entry`, and Refusal EBUSY for a folder that contains Berth's own folder
   */
  movable(folder: Node, name: string): string {
    const path = this.entry(folder, name)
    const stats = fs.lstatSync(this.style.forHost(path), { bigint: true })
    if (this.#own.is(stats)) refuse('ENOENT')
    if (this.#own.isBelow(stats)) refuse('EBUSY')
    return path
  }

  /**
   * The path of a node. For a node without a name, returns the path of its last place. Only the folder is verified.
   * @throws as `entry`
   */
  file(node: Node): string {
    if (node.unlinked && node.lastPlace) return this.entry(node.lastPlace.parent, node.lastPlace.name)
    const path = this.#nodes.path(node)
    if (!node.parent) return this.#verified(path)
    const { separator } = this.style
    const end = path.lastIndexOf(separator)
    // `validName` refuses the name `..`, because `..` would mean the parent of the folder.
    const place = this.#verified(path.slice(0, end)) + separator + this.style.validName(node.name)
    // If the host has moved the file and no file is at the new place, the host has deleted the file since. The watch
    // has not reported the deletion yet. The node then represents the file at the place before the move.
    return node.movedFrom && !this.find(place)
      ? this.entry(node.movedFrom.parent, node.movedFrom.name)
      : place
  }

  /**
   * Whether the file of this name is a program: a binary, or a script with an interpreter, that the guest may execute.
   */
  isProgram(folder: Node, name: string): boolean {
    return this.scope(() => {
      try {
        const path = this.entry(folder, name)
        const isExecutable = (this.get(path).mode & executableBits) !== 0
        return isExecutable && this.#readable(path, startsAsProgram) === true
      } catch {
        // The file is gone.
        return false
      }
    })
  }

  /**
   * The attributes of the file at a path. Undefined if there is no file. A symbolic link at the end is not followed.
   */
  find(path: string): Attributes | undefined {
    const stats = fs.lstatSync(this.style.forHost(path), { bigint: true, throwIfNoEntry: false })
    if (!stats || this.#own.is(stats)) return undefined
    const mayBeMarked = stats.isFile() && stats.size === BigInt(markerBytes)
    const type = mayBeMarked ? this.#readable(path, markedType) : undefined
    const file = this.#attributes(stats)
    return type === undefined ? file : { ...file, size: 0n, mode: (file.mode & ~fileType.mask) | type }
  }

  /**
   * Opens a file and returns the result of `look`. Returns undefined if the file does not exist, or may not be read.
   */
  #readable<T>(path: string, look: (fd: number) => T): T | undefined {
    try {
      const fd = this.open(path, openMode.read)
      try {
        return look(fd)
      } finally {
        fs.closeSync(fd)
      }
    } catch {
      return undefined
    }
  }

  /** Whether the file at a path is a socket of the host. A marker of a container's socket is a regular file. */
  isSocket(path: string): boolean {
    return fs.lstatSync(this.style.forHost(path), { throwIfNoEntry: false })?.isSocket() === true
  }

  get(path: string): Attributes {
    return this.find(path) ?? refuse('ENOENT')
  }

  ofHandle(fd: number): Attributes {
    return this.#attributes(fs.fstatSync(fd, { bigint: true }))
  }

  /** The names in a folder, each with its type (`d_type`) if the system reports the type. */
  names(path: string): { name: string; type: number }[] {
    return this.#list(path).filter(
      ({ name }) => !this.#own.hasName(name) || this.find(path + this.style.separator + name),
    )
  }

  #list(path: string): { name: string; type: number }[] {
    const { style } = this
    // On Windows a name is text, not bytes.
    if (this.#platform === 'win32')
      return fs
        .readdirSync(path, { withFileTypes: true })
        .map((entry) => ({ name: entry.name, type: entryTypeOf(entry) }))
    return fs
      .readdirSync(style.forHost(path), { withFileTypes: true, encoding: 'buffer' })
      .map((entry) => ({ name: style.decode(entry.name), type: entryTypeOf(entry) }))
  }

  /** Opens a regular file, without following a symbolic link. `flags` are the guest's flags of open(2). */
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

  /**
   * Opens an open file a second time, even if the file has no name any more.
   * @throws Refusal ESTALE on Windows
   */
  openAgain(fd: number, flags: number): number {
    if (this.#platform === 'win32') refuse('ESTALE')
    const folder = this.#platform === 'linux' ? '/proc/self/fd' : '/dev/fd'
    return fs.openSync(join(folder, String(fd)), openFlags(flags) & ~fs.constants.O_NOFOLLOW)
  }

  /** Creates a file that does not exist yet. */
  create(path: string, flags: number, mode: number): number {
    const { O_CREAT, O_EXCL } = fs.constants
    // Windows would create the target of a symbolic link.
    if (followsFinalLink && this.find(path)) refuse('EEXIST')
    const fd = fs.openSync(this.style.forHost(path), openFlags(flags) | O_CREAT | O_EXCL, mode & fileModeBits)
    return orClose(fd, () => {
      this.changeModeOf(fd, mode)
      return fd
    })
  }

  /**
   * Creates a file, or a marker for a socket or a pipe.
   * @throws Refusal EPERM for devices
   */
  makeNode(path: string, type: number, mode: number): void {
    const content =
      type === 0 || type === fileType.regular ? Buffer.alloc(0) : (markerOf(type) ?? refuse('EPERM'))
    const fd = this.create(path, openMode.write, mode)
    try {
      fs.writeSync(fd, content)
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
    // macOS would follow a symbolic link.
    if (typeBits(found.mode) === fileType.link && this.#platform !== 'linux') refuse('EPERM')
    fs.linkSync(this.style.forHost(target), this.style.forHost(path))
  }

  symlink(target: Buffer, path: string): void {
    const { style } = this
    fs.symlinkSync(this.#platform === 'win32' ? target.toString() : target, style.forHost(path))
  }

  readLink(path: string): Buffer {
    return fs.readlinkSync(this.style.forHost(path), { encoding: 'buffer' })
  }

  remove(path: string): void {
    fs.unlinkSync(this.style.forHost(path))
  }

  /**
   * Writes a folder to the disk. Does nothing on Windows, because Windows writes folders itself and has no call to
   * request it.
   */
  syncFolder(node: Node): void {
    const path = this.folder(node)
    if (this.#platform === 'win32') return
    const fd = fs.openSync(this.style.forHost(path), openFlags(openMode.read))
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

  /**
   * Exchanges two names in one step.
   * @throws Refusal EINVAL on Windows
   */
  exchange(path: string, other: string): void {
    if (this.#platform === 'win32') refuse('EINVAL')
    exchange(this.style.forHost(path), this.style.forHost(other))
  }

  /**
   * Reserves space or makes a hole. `mode` has Linux's flags of fallocate(2).
   * @throws Refusal ENOTSUP
   */
  allocate(fd: number, mode: number, offset: number, length: number): void {
    if (this.#platform === 'win32') refuse('ENOTSUP')
    allocate(fd, mode, offset, length)
  }

  /**
   * The path for the system's calls of extended attributes.
   * @throws Refusal ENOSYS on Windows. The kernel then stops asking.
   */
  attributesPath(path: string): string | Buffer {
    return this.#platform === 'win32' ? refuse('ENOSYS') : this.style.forHost(path)
  }

  truncate(path: string, size: number): void {
    const fd = this.open(path, openMode.write)
    try {
      fs.ftruncateSync(fd, size)
    } finally {
      fs.closeSync(fd)
    }
  }

  changeMode(path: string, mode: number): void {
    const { style } = this
    if (this.#platform === 'win32') return
    const linux = this.#platform === 'linux'
    // This method changes the mode of an open file, because chmod with a path would follow a symbolic link. O_PATH also
    // opens files that may not be read.
    const fd = fs.openSync(style.forHost(path), openFlags(openMode.read) | (linux ? oPath : 0))
    try {
      const bits = mode & (fs.fstatSync(fd).isDirectory() ? folderModeBits : fileModeBits)
      if (linux) fs.chmodSync(join('/proc/self/fd', String(fd)), bits)
      else fs.fchmodSync(fd, bits)
    } finally {
      fs.closeSync(fd)
    }
  }

  /**
   * Changes the mode of an open file. New files need this call too, because the umask of this process must not affect
   * the mode.
   */
  changeModeOf(fd: number, mode: number): void {
    if (this.#platform !== 'win32') fs.fchmodSync(fd, mode & fileModeBits)
  }

  changeTimes(path: string, atime: FileTime, mtime: FileTime): void {
    if (this.#platform === 'win32') setWindowsFileTimes(path, atime, mtime)
    else setFileTimes({ path: this.style.forHost(path) }, atime, mtime)
  }

  /** Changes the times of an open file. Not available on Windows. */
  changeTimesOf(fd: number, atime: FileTime, mtime: FileTime): void {
    setFileTimes({ fd }, atime, mtime)
  }

  /** Returns a path that leads to exactly this folder, so that no symbolic link can lead out of a share. */
  #verified(path: string): string {
    if (this.#own.covers(path)) refuse('ESTALE')
    if (this.#platform === 'linux') return this.#held(path)
    const real = this.#real(path)
    if (real !== path && this.style.fold(real) !== this.style.fold(path)) refuse('ESTALE')
    return path
  }

  #held(path: string): string {
    const fd = openFolder(this.style.forHost(path))
    this.#handles.push(fd)
    const held = join('/proc/self/fd', String(fd))
    const real = fs.readlinkSync(held, 'latin1')
    // Some file systems ignore case on Linux too.
    if (real !== path && real.toLowerCase() !== path.toLowerCase()) refuse('ESTALE')
    return `${held}/.`
  }

  #real(path: string): string {
    const given = this.style.forHost(path)
    if (this.#platform === 'win32') return fs.realpathSync.native(given)
    return typeof given === 'string'
      ? fs.realpathSync.native(given, 'latin1')
      : this.style.decode(fs.realpathSync.native(given, 'buffer'))
  }

  #attributes(stats: fs.BigIntStats): Attributes {
    const { ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthtimeNs: birthNs, nlink } = stats
    let mode = Number(stats.mode)
    // Windows has no modes. The guest therefore sees every file as readable and executable for all users.
    if (this.#platform === 'win32') mode |= isDirectory(mode) ? 0o777 : 0o755
    return { ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthNs, mode, nlink: Number(nlink) }
  }
}

/**
 * Opens a folder on Linux. The file descriptor can only be used for paths (O_PATH).
 * @throws Refusal ESTALE if the path is not a folder (any more)
 */
function openFolder(path: string | Buffer): number {
  const { O_DIRECTORY, O_NOFOLLOW } = fs.constants
  try {
    return fs.openSync(path, oPath | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if (errnoOf(error) === errno.ENOTDIR) refuse('ESTALE')
    throw error
  }
}

/** Runs `act` after a file was opened, and closes the file if `act` throws an error. */
export function orClose<T>(fd: number, act: () => T): T {
  try {
    return act()
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

/**
 * Compares inodes and volume numbers. Windows returns 64 bits of a volume number, or only the lower 32 bits. Which of
 * them depends on whether the call uses a path or a handle. This function therefore compares only the lower 32 bits.
 */
function isSameFile(a: fs.BigIntStats, b: fs.BigIntStats): boolean {
  return a.ino === b.ino && BigInt.asUintN(32, a.dev) === BigInt.asUintN(32, b.dev)
}

function entryTypeOf(entry: fs.Dirent | fs.Dirent<Buffer>): number {
  if (entry.isFile()) return entryType.regular
  if (entry.isDirectory()) return entryType.directory
  return entry.isSymbolicLink() ? entryType.link : entryType.unknown
}
