import { constants } from 'node:os'
import koffi, { type KoffiFunc } from 'koffi'

/*
 * System calls that node:fs does not have. The package koffi calls functions of the system's own libraries. koffi has a
 * prebuilt binary for every system, so nothing has to be compiled.
 */

export const isMac = process.platform === 'darwin'

/** The bytes of a C string: the text and a final zero byte. */
export function cString(text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(text as string), Buffer.alloc(1)])
}

/**
 * Returns the result of a system call.
 * @throws Error with the system's error code, as in errors of node:fs, if the result is negative
 */
export function checked(call: string, result: number): number {
  if (result >= 0) return result
  const number = koffi.errno()
  // os.constants does not have macOS' ENOATTR.
  if (isMac && number === 93) throw Object.assign(new Error(`${call}: ENOATTR`), { code: 'ENODATA' })
  const [code = 'EIO'] = Object.entries(constants.errno).find(([, known]) => known === number) ?? []
  throw Object.assign(new Error(`${call}: ${code}`), { code })
}

export type Call<Parameters extends unknown[]> = KoffiFunc<(...args: Parameters) => number>

/** Loads a library on first use. If the library cannot be loaded, only calls that need the library fail. */
export function lazy<T>(load: () => T): () => T {
  let loaded: T | undefined
  return () => (loaded ??= load())
}
