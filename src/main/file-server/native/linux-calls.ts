import * as fs from 'node:fs'
import koffi from 'koffi'
import { refuse } from '../protocol/linux'
import { checked, cString, isMac, lazy, type Call } from './library'

/*
 * Linux's calls renameat2(2) with RENAME_EXCHANGE and fallocate(2), on the systems that have such a call.
 */

const linux = lazy(() => {
  const library = koffi.load(null)
  return {
    renameat2: library.func('int renameat2(int, void *, int, void *, unsigned int)') as Call<
      [number, Buffer, number, Buffer, number]
    >,
    fallocate: library.func('int fallocate(int, int, int64_t, int64_t)') as Call<
      [number, number, number, number]
    >,
  }
})

const mac = lazy(() => {
  const library = koffi.load(null)
  return {
    renamexNp: library.func('int renamex_np(void *, void *, unsigned int)') as Call<[Buffer, Buffer, number]>,
    fcntl: library.func('int fcntl(int, int, ...)') as Call<[number, number, 'void *', Buffer]>,
  }
})

/** Exchanges two names in one step. */
export function exchange(path: string | Buffer, other: string | Buffer): void {
  const [from, to] = [cString(path), cString(other)]
  const swap = 2
  if (isMac) checked('renamex_np', mac().renamexNp(from, to, swap))
  else checked('renameat2', linux().renameat2(-100, from, -100, to, swap))
}

/** Linux's FALLOC_FL_KEEP_SIZE. */
const keepSize = 1

/**
 * Reserves space or makes a hole. `mode` has Linux's flags of fallocate(2). macOS can only reserve space.
 * @throws Refusal ENOTSUP, or Error of the system
 */
export function allocate(fd: number, mode: number, offset: number, length: number): void {
  if (!isMac) {
    checked('fallocate', linux().fallocate(fd, mode, offset, length))
    return
  }
  if ((mode & ~keepSize) !== 0) refuse('ENOTSUP')
  const { size } = fs.fstatSync(fd)
  const end = offset + length
  if (end <= size) return
  allocateOnMac(fd, end - size)
  if (mode === 0) fs.ftruncateSync(fd, end)
}

/** Reserves space after the end of a file. */
function allocateOnMac(fd: number, length: number): void {
  const [preallocate, allocateAll, fromEndOfFile] = [42, 4, 3]
  const store = Buffer.alloc(32)
  store.writeUInt32LE(allocateAll, 0)
  store.writeInt32LE(fromEndOfFile, 4)
  store.writeBigInt64LE(BigInt(length), 16)
  checked('fcntl', mac().fcntl(fd, preallocate, 'void *', store))
}
