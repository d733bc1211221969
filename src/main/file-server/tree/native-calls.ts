import { constants } from 'node:os'
import koffi, { type KoffiFunc } from 'koffi'

/*
 * System calls that node:fs does not have. The package koffi calls functions of the system's own libraries. koffi has a
 * prebuilt binary for every system, so nothing has to be compiled.
 */

/**
 * A file time: nanoseconds since the epoch, `now` for the host's current time, or `unchanged` to keep the file's time.
 */
export type FileTime = bigint | 'now' | 'unchanged'

/** A file: a path or an open file. Calls do not follow a symbolic link at the end of the path. */
export type FileRef = { path: string | Buffer } | { fd: number }

const isMac = process.platform === 'darwin'
const second = 1_000_000_000n

/** The bytes of a C string: the text and a final zero byte. */
function cString(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(text as string), Buffer.alloc(1)])
}

/**
 * Returns the result of a system call.
 * @throws Error with the system's error code, as in errors of node:fs, if the result is negative
 */
function checked(call: string, result: number): number {
  if (result >= 0) return result
  const number = koffi.errno()
  // os.constants does not have macOS' ENOATTR.
  if (isMac && number === 93) throw Object.assign(new Error(`${call}: ENOATTR`), { code: 'ENODATA' })
  const [code = 'EIO'] = Object.entries(constants.errno).find(([, known]) => known === number) ?? []
  throw Object.assign(new Error(`${call}: ${code}`), { code })
}

type Call<Parameters extends unknown[]> = KoffiFunc<(...args: Parameters) => number>

/** Loads a library on first use. If the library cannot be loaded, only calls that need the library fail. */
function lazy<T>(load: () => T): () => T {
  let loaded: T | undefined
  return () => (loaded ??= load())
}

const posix = lazy(() => {
  const library = koffi.load(null)
  return {
    utimensat: library.func('int utimensat(int, void *, void *, int)') as Call<
      [number, Buffer, Buffer, number]
    >,
    futimens: library.func('int futimens(int, void *)') as Call<[number, Buffer]>,
  }
})

/** A path, a name, and a value with its size. macOS has a position before the flags. */
type Attribute = [Buffer, Buffer, Buffer, number]

const linux = lazy(() => {
  const library = koffi.load(null)
  return {
    renameat2: library.func('int renameat2(int, void *, int, void *, unsigned int)') as Call<
      [number, Buffer, number, Buffer, number]
    >,
    fallocate: library.func('int fallocate(int, int, int64_t, int64_t)') as Call<
      [number, number, number, number]
    >,
    lgetxattr: library.func('intptr_t lgetxattr(void *, void *, void *, size_t)') as Call<Attribute>,
    lsetxattr: library.func('int lsetxattr(void *, void *, void *, size_t, int)') as Call<
      [...Attribute, number]
    >,
    llistxattr: library.func('intptr_t llistxattr(void *, void *, size_t)') as Call<[Buffer, Buffer, number]>,
    lremovexattr: library.func('int lremovexattr(void *, void *)') as Call<[Buffer, Buffer]>,
  }
})

const mac = lazy(() => {
  const library = koffi.load(null)
  return {
    renamexNp: library.func('int renamex_np(void *, void *, unsigned int)') as Call<[Buffer, Buffer, number]>,
    fcntl: library.func('int fcntl(int, int, ...)') as Call<[number, number, 'void *', Buffer]>,
    getxattr: library.func('intptr_t getxattr(void *, void *, void *, size_t, uint32_t, int)') as Call<
      [...Attribute, number, number]
    >,
    setxattr: library.func('int setxattr(void *, void *, void *, size_t, uint32_t, int)') as Call<
      [...Attribute, number, number]
    >,
    listxattr: library.func('intptr_t listxattr(void *, void *, size_t, int)') as Call<
      [Buffer, Buffer, number, number]
    >,
    removexattr: library.func('int removexattr(void *, void *, int)') as Call<[Buffer, Buffer, number]>,
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

/** Exchanges two names in one step. */
export function exchange(path: string | Buffer, other: string | Buffer): void {
  const [from, to] = [cString(path), cString(other)]
  const swap = 2
  if (isMac) checked('renamex_np', mac().renamexNp(from, to, swap))
  else checked('renameat2', linux().renameat2(-100, from, -100, to, swap))
}

/** Linux's fallocate(2). */
export function allocate(fd: number, mode: number, offset: number, length: number): void {
  checked('fallocate', linux().fallocate(fd, mode, offset, length))
}

/** Reserves space after the end of a file. */
export function allocateOnMac(fd: number, length: number): void {
  const [preallocate, allocateAll, fromEndOfFile] = [42, 4, 3]
  const store = Buffer.alloc(32)
  store.writeUInt32LE(allocateAll, 0)
  store.writeInt32LE(fromEndOfFile, 4)
  store.writeBigInt64LE(BigInt(length), 16)
  checked('fcntl', mac().fcntl(fd, preallocate, 'void *', store))
}

/** Linux' limit in bytes, for a value and for a list of names. */
const maxAttributeBytes = 65_536
/** macOS' XATTR_NOFOLLOW. */
const doNotFollow = 1

export function getExtendedAttribute(path: string | Buffer, name: string): Buffer {
  const value = Buffer.alloc(maxAttributeBytes)
  const [file, key] = [cString(path), attributeKey(name)]
  const size = isMac
    ? mac().getxattr(file, key, value, value.length, 0, doNotFollow)
    : linux().lgetxattr(file, key, value, value.length)
  return value.subarray(0, checked('getxattr', size))
}

export function listExtendedAttributes(path: string | Buffer): string[] {
  const names = Buffer.alloc(maxAttributeBytes)
  const file = cString(path)
  const size = isMac
    ? mac().listxattr(file, names, names.length, doNotFollow)
    : linux().llistxattr(file, names, names.length)
  return names
    .toString('latin1', 0, checked('listxattr', size))
    .split('\0')
    .filter((name) => name !== '')
}

/** `flags`: 1 to create only, 2 to replace only. */
export function setExtendedAttribute(
  path: string | Buffer,
  name: string,
  value: Buffer,
  flags: number,
): void {
  const [file, key] = [cString(path), attributeKey(name)]
  // On macOS, the same flags are one bit higher.
  const result = isMac
    ? mac().setxattr(file, key, value, value.length, 0, doNotFollow | (flags << 1))
    : linux().lsetxattr(file, key, value, value.length, flags)
  checked('setxattr', result)
}

export function removeExtendedAttribute(path: string | Buffer, name: string): void {
  const [file, key] = [cString(path), attributeKey(name)]
  checked('removexattr', isMac ? mac().removexattr(file, key, doNotFollow) : linux().lremovexattr(file, key))
}

function attributeKey(name: string): Buffer {
  return cString(Buffer.from(name, 'latin1'))
}
