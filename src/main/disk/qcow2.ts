import { open, stat } from 'node:fs/promises'
import { systemErrorCode } from '../lib'

export interface DiskFile {
  path: string
  /** Bytes that the file takes on the host. */
  allocated: number
  /** Bytes that the guest sees; 0 when the file is not qcow2. */
  virtual: number
}

/** The first bytes of the header, `QFI\xfb`, and the offset of the disk's size (QEMU docs/interop/qcow2.txt). */
const magic = 0x51_46_49_fb
const sizeOffset = 24
/**
 * The first value is the version's offset in the header. The second value is the offset of the incompatible features,
 * which exist from version 3 on. The third value is the feature bit that marks the reference counts as out of date.
 */
const [versionOffset, featuresOffset, dirtyFeature] = [4, 72, 1n]

/** The sizes of a disk file, read without locking it. Undefined if the file does not exist. */
export async function diskFile(path: string): Promise<DiskFile | undefined> {
  try {
    const { blocks } = await stat(path)
    return { path, allocated: blocks * 512, virtual: await virtualSize(path) }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** True if the QEMU that wrote this qcow2 file was killed, or still writes to it. */
export async function wasNotClosed(path: string): Promise<boolean> {
  const header = await readHeader(path)
  if (header === undefined || header.readUInt32BE(versionOffset) < 3) return false
  return (header.readBigUInt64BE(featuresOffset) & dirtyFeature) !== 0n
}

async function virtualSize(path: string): Promise<number> {
  return Number((await readHeader(path))?.readBigUInt64BE(sizeOffset) ?? 0)
}

/** Undefined when the file is not qcow2. */
async function readHeader(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(featuresOffset + 8), position: 0 })
    return bytesRead === buffer.length && buffer.readUInt32BE(0) === magic ? buffer : undefined
  } finally {
    await handle.close()
  }
}
