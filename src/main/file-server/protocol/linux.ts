import { constants } from 'node:fs'

/** Linux' own numbers: the guest speaks them whatever the host is. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
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
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  ENXIO: 6,
  EOVERFLOW: 75,
  EILSEQ: 84,
  EOPNOTSUPP: 95,
  /** libuv's name for the same. */
  ENOTSUP: 95,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
} as const
export type ErrnoName = keyof typeof errno

/** Thrown by an operation that fails as the guest is to see it. */
export class Refusal extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`)
  }
}

export function refuse(name: ErrnoName): never {
  throw new Refusal(errno[name])
}

/** What the guest is told when the host's file system has refused. */
export function errnoOf(error: unknown): number {
  if (error instanceof Refusal) return error.errno
  if (!(error instanceof Error) || !('code' in error)) return errno.EIO
  const numbers: Readonly<Record<string, number>> = errno
  // Windows has no other words for a file that somebody holds open.
  if (error.code === 'EPERM' && process.platform === 'win32') return errno.EACCES
  return numbers[String(error.code)] ?? errno.EIO
}

const linuxOpen = { accessMode: 3, create: 0o100, exclusive: 0o200, truncate: 0o1000, append: 0o2000 }

/** open(2)'s flags of the guest as the host's; creating and truncating are asked for by other means. */
export function openFlags(guest: number): number {
  const wanted = guest & linuxOpen.accessMode
  if (wanted === 3) refuse('EINVAL')
  // Linux empties a file also for who only reads it; a host's call for it wants a file that may be written to.
  const accessMode = wanted === 0 && wantsTruncation(guest) ? 2 : wanted
  const access = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR][accessMode] ?? constants.O_RDONLY
  return access | (guest & linuxOpen.append ? constants.O_APPEND : 0) | finalFlags
}

export const wantsWriting = (guest: number): boolean =>
  (guest & linuxOpen.accessMode) !== 0 || (guest & linuxOpen.truncate) !== 0
export const wantsReading = (guest: number): boolean => (guest & linuxOpen.accessMode) !== 1
export const wantsTruncation = (guest: number): boolean => (guest & linuxOpen.truncate) !== 0
export const wantsExclusive = (guest: number): boolean => (guest & linuxOpen.exclusive) !== 0

/** Never through a link, never waiting for the other end of a pipe. Windows knows neither. */
const finalFlags = flag('O_NOFOLLOW') | flag('O_NONBLOCK')

/** Opening a path may lead through a link at its end: there is no flag against it here. */
export const followsFinalLink = flag('O_NOFOLLOW') === 0

function flag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  const known: Readonly<Record<string, number | undefined>> = { ...constants }
  return known[name] ?? 0
}

/** The file type bits of a mode. */
export const fileType = {
  mask: 0o170000,
  pipe: 0o010000,
  directory: 0o040000,
  regular: 0o100000,
  link: 0o120000,
  socket: 0o140000,
} as const
