import { pictureLimit, textLimit, type FileContent, type FileStamp } from '../../shared/files'

const pictures = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['ico', 'image/x-icon'],
  ['svg', 'image/svg+xml'],
])

/** The media type of a picture by its name. Undefined if the name is not that of a picture. */
export function pictureType(path: string): string | undefined {
  return pictures.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase())
}

/** The most bytes that Berth reads of a file to show it. */
export function contentLimit(mediaType: string | undefined): number {
  return mediaType === undefined ? textLimit : pictureLimit
}

/** Finds out whether bytes are a text: UTF-8 without the character NUL. */
export function toContent(bytes: Buffer, stamp: FileStamp, mediaType: string | undefined): FileContent {
  if (mediaType !== undefined) return { kind: 'picture', mediaType, data: bytes.toString('base64'), stamp }
  if (bytes.includes(0)) return { kind: 'binary', stamp }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { kind: 'text', text, stamp }
  } catch {
    return { kind: 'binary', stamp }
  }
}
