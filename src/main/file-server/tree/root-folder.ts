import type { Attributes } from '../protocol/fuse'
import { fileType } from '../protocol/linux'

/** The mount's own root, of which only the agent sees anything. */
export const rootAttributes: Attributes = {
  ino: 1n,
  size: 0n,
  blocks: 0n,
  atimeNs: 0n,
  mtimeNs: 0n,
  ctimeNs: 0n,
  birthNs: 0n,
  mode: fileType.directory | 0o755,
  nlink: 2,
}
