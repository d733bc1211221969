import { mountAgent } from '../../lib'

/** The FUSE protocol, version 7.31 and later: see <linux/fuse.h>. Everything is little-endian. */
export const opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  SYNCFS: 50,
} as const

export const initFlag = {
  ASYNC_READ: 1 << 0,
  ATOMIC_O_TRUNC: 1 << 3,
  BIG_WRITES: 1 << 5,
  AUTO_INVAL_DATA: 1 << 12,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  PARALLEL_DIROPS: 1 << 18,
  HANDLE_KILLPRIV: 1 << 19,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  /**
   * The guest cannot give a file setuid and setgid bits. So the kernel need not ask the server about these bits before
   * every write.
   */
  HANDLE_KILLPRIV_V2: 1 << 28,
} as const

export const openFlag = { KEEP_CACHE: 1 << 1, NOFLUSH: 1 << 5 } as const

export const setattrFlag = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  FH: 1 << 6,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
} as const

export const renameFlag = { NOREPLACE: 1, EXCHANGE: 2 } as const

/** The codes of notifications. A notification has its code in the field that contains the error of a reply. */
export const notify = { INVAL_INODE: 2, INVAL_ENTRY: 3, STORE: 4 } as const

/** The mount agent's own messages (vm-assets/agent/mount-agent/pump.c). */
export { fromAgent, jobType, replayOperation, toAgent } from '../../lib'
export const controlOpcode = mountAgent.marker

export const rootId = 1
/** The folder of the agent's listener. The ids of shares are smaller, and the numbers of all other nodes are larger. */
export const socketsId = 0xffff_ffff
export const inHeaderBytes = 40
export const outHeaderBytes = 16
export const entryBytes = 128
export const attrBytes = 88
/** The largest payload of a read or a write, bytes. The kernel never asks for more, even if it supports more. */
export const maxTransfer = mountAgent.maxTransferBytes
/** The largest message that the agent forwards, bytes. */
export const maxMessage = maxTransfer + mountAgent.maxHeaderBytes
/** If the kernel sends a request again, it sets the highest bit of the request's id (Linux 6.9). */
export const resendBit = 0x8000_0000

/** Reads a 64-bit number as a double. A double is exact up to 2^53, and no file is that large. */
export function readNumber(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * 0x1_0000_0000
}

export function writeNumber(buffer: Buffer, value: number, offset: number): void {
  buffer.writeUInt32LE(value % 0x1_0000_0000, offset)
  buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), offset + 4)
}

/** A request of the guest's kernel. `body` is a view of a buffer, and is only valid while the request is handled. */
export class Request {
  readonly bytes: Buffer
  /** True if the server will handle the request again later, and has not replied to it. */
  isPostponed = false

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get opcode(): number {
    return this.bytes.readUInt32LE(4)
  }
  get uniqueLow(): number {
    return this.bytes.readUInt32LE(8)
  }
  get uniqueHigh(): number {
    return this.bytes.readUInt32LE(12)
  }
  get nodeId(): number {
    return readNumber(this.bytes, 16)
  }
  /** True if the agent has already replied to the request. The server must not reply again. */
  get isAnswered(): boolean {
    return this.uniqueLow === 0 && this.uniqueHigh === 0
  }
  /** The user and group of the process that sent the request. */
  get caller(): Owner {
    return { uid: this.bytes.readUInt32LE(24), gid: this.bytes.readUInt32LE(28) }
  }
  get pid(): number {
    return this.bytes.readUInt32LE(32)
  }
  get body(): Buffer {
    return this.bytes.subarray(inHeaderBytes)
  }
}

export interface Owner {
  uid: number
  gid: number
}

export function isSameOwner(a: Owner, b: Owner): boolean {
  return a.uid === b.uid && a.gid === b.gid
}

/** The attributes of a file, as the guest sees them. */
export interface Attributes {
  ino: bigint
  size: bigint
  blocks: bigint
  atimeNs: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  /** The creation time; 0 if the file system stores none. The guest does not see this time. */
  birthNs: bigint
  mode: number
  nlink: number
}

export const root: Owner = { uid: 0, gid: 0 }

const second = 1_000_000_000n

/** Writes a `fuse_attr`. */
export function writeAttributes(buffer: Buffer, offset: number, file: Attributes, owner: Owner): void {
  buffer.writeBigUInt64LE(file.ino, offset)
  buffer.writeBigUInt64LE(file.size, offset + 8)
  buffer.writeBigUInt64LE(file.blocks, offset + 16)
  const times = [file.atimeNs, file.mtimeNs, file.ctimeNs]
  for (const [index, time] of times.entries()) {
    const nanoseconds = ((time % second) + second) % second
    buffer.writeBigInt64LE((time - nanoseconds) / second, offset + 24 + 8 * index)
    buffer.writeUInt32LE(Number(nanoseconds), offset + 48 + 4 * index)
  }
  buffer.writeUInt32LE(file.mode, offset + 60)
  buffer.writeUInt32LE(file.nlink, offset + 64)
  buffer.writeUInt32LE(owner.uid, offset + 68)
  buffer.writeUInt32LE(owner.gid, offset + 72)
  buffer.fill(0, offset + 76, offset + attrBytes)
  buffer.writeUInt32LE(4096, offset + 80)
}

/** How long the kernel may cache an entry and its attributes, seconds. */
export interface CacheTimeout {
  entry: number
  attributes: number
}

/** Writes a `fuse_entry_out`. A `nodeId` of 0 means that there is no file of this name. */
export function writeEntry(
  buffer: Buffer,
  offset: number,
  nodeId: number,
  timeout: CacheTimeout,
  file?: Attributes,
  owner: Owner = root,
): void {
  writeNumber(buffer, nodeId, offset)
  buffer.fill(0, offset + 8, offset + 16)
  writeNumber(buffer, timeout.entry, offset + 16)
  writeNumber(buffer, timeout.attributes, offset + 24)
  buffer.fill(0, offset + 32, offset + 40)
  if (file) writeAttributes(buffer, offset + 40, file, owner)
  else buffer.fill(0, offset + 40, offset + entryBytes)
}
