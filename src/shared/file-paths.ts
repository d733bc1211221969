/**
 * Paths and names of files in a container or volume. A name may be any bytes, so all bytes except `A-Z a-z 0-9 - . _ ~`
 * are percent-encoded. The slashes of a path are not encoded.
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const plain = /[A-Za-z0-9._~-]/

/** Encodes a name that a user has typed. */
export function encodeFileName(name: string): string {
  return Array.from(encoder.encode(name), (byte) => {
    const character = String.fromCharCode(byte)
    return plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

/** Encodes a path that is text, such as the place of a mount. */
export function encodeFilePath(path: string): string {
  return path.split('/').map(encodeFileName).join('/')
}

function bytesOf(encoded: string): Uint8Array {
  const bytes: number[] = []
  for (let index = 0; index < encoded.length; index++) {
    if (encoded[index] === '%') {
      bytes.push(Number.parseInt(encoded.slice(index + 1, index + 3), 16))
      index += 2
    } else bytes.push(encoded.charCodeAt(index))
  }
  return Uint8Array.from(bytes)
}

/** Control characters, and marks that reverse the direction of text, which could make a name look like another name. */
const invisible = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/**
 * The text of an encoded name for the screen. Shows bytes that are not UTF-8 as `\xFF`, and invisible characters as
 * `\u{202E}`.
 */
export function showFileName(encoded: string): string {
  let text: string
  if (!encoded.includes('%')) return encoded
  try {
    text = decoder.decode(bytesOf(encoded))
  } catch {
    text = Array.from(bytesOf(encoded), (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase()}`,
    ).join('')
  }
  return text.replaceAll(
    invisible,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  )
}

/** The text of an encoded path. Undefined if the path has bytes or characters that cannot be shown as they are. */
export function filePathText(encoded: string): string | undefined {
  const text = showFileName(encoded)
  return encodeFilePath(text) === encoded ? text : undefined
}

/** Appends a name to the path of a folder. Both are encoded. */
export function joinFilePath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** The path of the folder that holds the file. The root holds itself. */
export function parentFilePath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** The last part of an encoded path. Empty for the root. */
export function lastFileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The reason why a name cannot be used for a file or folder. */
export type FileNameProblem = 'empty' | 'slash' | 'dots' | 'too-long'

/** Checks a name that a user types. Undefined if the name can be used. */
export function fileNameProblem(name: string): FileNameProblem | undefined {
  if (name === '') return 'empty'
  if (name.includes('/') || name.includes('\0')) return 'slash'
  if (name === '.' || name === '..') return 'dots'
  // The limit of Linux, in bytes.
  return encoder.encode(name).length > 255 ? 'too-long' : undefined
}
