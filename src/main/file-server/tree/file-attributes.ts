import type { Attributes } from '../protocol/fuse'
import { fileType } from '../protocol/linux'

/** The attributes that distinguish two states of a file. */
export interface FileState {
  ino: bigint
  size: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  birthNs: bigint
  mode: number
  nlink: number
}

export function stateOf({ ino, size, mtimeNs, ctimeNs, birthNs, mode, nlink }: Attributes): FileState {
  return { ino, size, mtimeNs, ctimeNs, birthNs, mode, nlink }
}

/** The file type bits of a mode: one of {@link fileType}. */
export const typeBits = (mode: number): number => mode & fileType.mask
export const isDirectory = (mode: number): boolean => typeBits(mode) === fileType.directory
export const isSocket = (mode: number): boolean => typeBits(mode) === fileType.socket
export const isRegular = (mode: number): boolean => typeBits(mode) === fileType.regular

export const sameContent = (a: FileState, b: FileState): boolean =>
  a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size

/** Also compares the change time. A program can set the modification time back, but never the change time. */
export const isUntouched = (a: FileState, b: FileState): boolean =>
  sameContent(a, b) && a.ctimeNs === b.ctimeNs

const noTimes = { atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, birthNs: 0n }

/** The attributes of a folder that the host lacks, such as the mount's root or a share whose folder is missing. */
export const rootAttributes: Attributes = {
  ...{ ino: 1n, size: 0n, blocks: 0n, ...noTimes },
  mode: fileType.directory | 0o755,
  nlink: 2,
}

/** Attributes for a file that no longer exists. Its size and its times are unknown. */
export function placeholderAttributes(ino: bigint, type: number): Attributes {
  const nlink = type === fileType.directory ? 2 : 1
  return { ino, size: 0n, blocks: 0n, ...noTimes, mode: type | 0o644, nlink }
}
