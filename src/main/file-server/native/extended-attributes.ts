import koffi from 'koffi'
import { checked, cString, isMac, lazy, type Call } from './library'

/** A path, a name, and a value with its size. macOS has a position before the flags. */
type Attribute = [Buffer, Buffer, Buffer, number]

const linux = lazy(() => {
  const library = koffi.load(null)
  return {
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
