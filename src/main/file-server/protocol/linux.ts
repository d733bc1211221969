import { constants } from 'node:fs'

/** Linux's error numbers. The guest uses them on every host. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  ENXIO: 6,
  EOVERFLOW: 75,
  EILSEQ: 84,
  EOPNOTSUPP: 95,
  /** libuv's name for EOPNOTSUPP. */
  ENOTSUP: 95,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
} as const
export type ErrnoName = keyof typeof errno

/** Thrown by an operation to send this errno to the guest. */
export class Refusal extends Error {
  readonly errno: number

  constructor(errno: number) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}

export function refuse(name: ErrnoName): never {
  throw new Refusal(errno[name])
}

/** The errno to send to the guest for an error of the host's file system. */
export function errnoOf(error: unknown): number {
  if (error instanceof Refusal) return error.errno
  if (!(error instanceof Error) || !('code' in error)) return errno.EIO
  const numbers: Readonly<Record<string, number>> = errno
  // Windows reports EPERM for a file that another program holds open.
  if (error.code === 'EPERM' && process.platform === 'win32') return errno.EACCES
  return numbers[String(error.code)] ?? errno.EIO
}

const linuxOpen = { accessMode: 3, create: 0o100, exclusive: 0o200, truncate: 0o1000, append: 0o2000 }

/** The guest's O_RDONLY and O_WRONLY. */
export const openMode = { read: 0, write: 1 } as const

/**
 * Converts the guest's flags of open(2) to the host's flags. The flags that create or truncate a file are dropped,
 * because other calls create and truncate.
 * @throws Refusal EINVAL for an invalid access mode
 */
export function openFlags(guest: number): number {
  const wanted = guest & linuxOpen.accessMode
  if (wanted === 3) refuse('EINVAL')
  // Linux truncates a file even with O_RDONLY. The host's ftruncate needs a file that is open for writing.
  const accessMode = wanted === 0 && wantsTruncation(guest) ? 2 : wanted
  const access = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR][accessMode] ?? constants.O_RDONLY
  return access | (guest & linuxOpen.append ? constants.O_APPEND : 0) | finalFlags
}

export const wantsWriting = (guest: number): boolean =>
  (guest & linuxOpen.accessMode) !== 0 || (guest & linuxOpen.truncate) !== 0
export const wantsReading = (guest: number): boolean => (guest & linuxOpen.accessMode) !== 1
export const wantsTruncation = (guest: number): boolean => (guest & linuxOpen.truncate) !== 0
export const withoutTruncation = (guest: number): number => guest & ~linuxOpen.truncate
export const wantsExclusive = (guest: number): boolean => (guest & linuxOpen.exclusive) !== 0

/**
 * Flags for every open call: do not follow a symbolic link, and do not wait for the other end of a pipe. Windows has
 * neither flag.
 */
const finalFlags = flag('O_NOFOLLOW') | flag('O_NONBLOCK')

/** True if this host has no flag to forbid following a symbolic link at the end of a path. */
export const followsFinalLink = flag('O_NOFOLLOW') === 0

function flag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  const known: Readonly<Record<string, number | undefined>> = { ...constants }
  return known[name] ?? 0
}

/** The file type bits of a mode (S_IFMT). */
export const fileType = {
  mask: 0o170000,
  pipe: 0o010000,
  directory: 0o040000,
  regular: 0o100000,
  link: 0o120000,
  socket: 0o140000,
} as const

/** The file types of a directory entry (`d_type`). */
export const entryType = { unknown: 0, directory: 4, regular: 8, link: 10 } as const
