import koffi from 'koffi'
import { checked, cString, isMac, lazy, type Call } from './library'

/**
 * A file time: nanoseconds since the epoch, `now` for the host's current time, or `unchanged` to keep the file's time.
 */
export type FileTime = bigint | 'now' | 'unchanged'

/** A file: a path or an open file. Calls do not follow a symbolic link at the end of the path. */
export type FileRef = { path: string | Buffer } | { fd: number }

const second = 1_000_000_000n

const posix = lazy(() => {
  const library = koffi.load(null)
  return {
    utimensat: library.func('int utimensat(int, void *, void *, int)') as Call<
      [number, Buffer, Buffer, number]
    >,
    futimens: library.func('int futimens(int, void *)') as Call<[number, Buffer]>,
  }
})

const windows = lazy(() => {
  const library = koffi.load('kernel32.dll')
  return {
    createFile: library.func(
      'intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)',
    ) as Call<[string, number, number, null, number, number, number]>,
    setFileTime: library.func('int __stdcall SetFileTime(intptr_t, void *, void *, void *)') as Call<
      [number, null, Buffer | null, Buffer | null]
    >,
    closeHandle: library.func('int __stdcall CloseHandle(intptr_t)') as Call<[number]>,
    now: library.func('void __stdcall GetSystemTimePreciseAsFileTime(void *)') as Call<[Buffer]>,
    lastError: library.func('uint32_t __stdcall GetLastError()') as Call<[]>,
  }
})

/**
 * Sets a file's access time and modification time. node:fs takes each time as a double, and drops everything below a
 * microsecond. node:fs also cannot leave one of the two times unchanged.
 * @throws Error of the system
 */
export function setFileTimes(file: FileRef, atime: FileTime, mtime: FileTime): void {
  const times = Buffer.concat([timespec(atime), timespec(mtime)])
  if ('fd' in file) checked('futimens', posix().futimens(file.fd, times))
  else {
    const [currentFolder, doNotFollow] = isMac ? [-2, 0x20] : [-100, 0x100]
    checked('utimensat', posix().utimensat(currentFolder, cString(file.path), times, doNotFollow))
  }
}

/** A C `timespec`: UTIME_NOW, UTIME_OMIT or a time. */
function timespec(time: FileTime): Buffer {
  const bytes = Buffer.alloc(16)
  if (time === 'now') bytes.writeBigInt64LE(isMac ? -1n : 0x3fff_ffffn, 8)
  else if (time === 'unchanged') bytes.writeBigInt64LE(isMac ? -2n : 0x3fff_fffen, 8)
  else {
    const nanoseconds = ((time % second) + second) % second
    bytes.writeBigInt64LE((time - nanoseconds) / second, 0)
    bytes.writeBigInt64LE(nanoseconds, 8)
  }
  return bytes
}

/**
 * Sets a file's access time and modification time on Windows, where file times have a resolution of 100 ns.
 * @throws Error of the system
 */
export function setWindowsFileTimes(path: string, atime: FileTime, mtime: FileTime): void {
  const { createFile, setFileTime, closeHandle, lastError } = windows()
  const [writeAttributes, shareAll, openExisting] = [0x100, 7, 3]
  // FILE_FLAG_BACKUP_SEMANTICS also opens folders. With FILE_FLAG_OPEN_REPARSE_POINT, CreateFile does not follow a
  // symbolic link.
  const handle = createFile(path, writeAttributes, shareAll, null, openExisting, 0x0220_0000, 0)
  if (handle === -1) throw windowsError('CreateFile', lastError())
  try {
    if (setFileTime(handle, null, windowsTime(atime), windowsTime(mtime)) === 0)
      throw windowsError('SetFileTime', lastError())
  } finally {
    closeHandle(handle)
  }
}

/** A FILETIME: units of 100 ns since 1601. */
function windowsTime(time: FileTime): Buffer | null {
  if (time === 'unchanged') return null
  const bytes = Buffer.alloc(8)
  if (time === 'now') windows().now(bytes)
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, time / 100n + 116_444_736_000_000_000n))
  return bytes
}

function windowsError(call: string, number: number): Error {
  const codes: Readonly<Record<number, string>> = { 2: 'ENOENT', 3: 'ENOENT', 5: 'EPERM', 32: 'EBUSY' }
  const code = codes[number] ?? 'EIO'
  return Object.assign(new Error(`${call}: error ${number}`), { code })
}
