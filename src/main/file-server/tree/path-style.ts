import { refuse } from '../protocol/linux'

/**
 * How the file server represents names and paths. On Linux and macOS, a name consists of bytes. The file server stores
 * one character per byte (latin1), so that every legal name stays unchanged. On Windows, a name is text.
 */
export interface PathStyle {
  separator: string
  decode(bytes: Buffer): string
  encode(name: string): Buffer
  /** The path in the form that node:fs accepts. */
  forHost(path: string): string | Buffer
  /** Converts a path from the settings into the file server's form. */
  fromText(path: string): string
  toText(path: string): string
  /** True if the file system ignores case. */
  foldsNames: boolean
  /** Returns the same text for all spellings that the file system treats as the same name. */
  fold(path: string): string
  /**
   * Returns the name if it is valid. A name is also invalid if this host gives a special meaning to a part of it.
   * @throws Refusal EINVAL, ENAMETOOLONG
   */
  validName(name: string): string
}

// eslint-disable-next-line no-control-regex -- the pattern means exactly these characters
const beyondAscii = /[^\x00-\x7f]/

const posixStyle: PathStyle = {
  separator: '/',
  decode: (bytes) => bytes.toString('latin1'),
  encode: (name) => Buffer.from(name, 'latin1'),
  forHost: (path) => (beyondAscii.test(path) ? Buffer.from(path, 'latin1') : path),
  fromText: (path) => Buffer.from(path).toString('latin1'),
  toText: (path) => Buffer.from(path, 'latin1').toString(),
  foldsNames: false,
  fold: (path) => path,
  validName: validPosixName,
}

const macStyle: PathStyle = {
  ...posixStyle,
  foldsNames: true,
  fold: (path) => posixStyle.toText(path).normalize('NFC').toLowerCase(),
}

const windowsStyle: PathStyle = {
  separator: '\\',
  decode: (bytes) => bytes.toString(),
  encode: (name) => Buffer.from(name),
  forHost: (path) => path,
  fromText: (path) => path.replaceAll('/', '\\'),
  toText: (path) => path,
  foldsNames: true,
  fold: (path) => path.toLowerCase(),
  validName: (name) => {
    validPosixName(name)
    // Matches a separator, a stream, a wildcard, a device, and a final dot or space, which Windows drops.
    // eslint-disable-next-line no-control-regex -- Windows refuses them in names
    const illegal = /[\\:*?"<>|\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
    if (illegal.test(name)) refuse('EINVAL')
    return name
  },
}

export function pathStyle(platform: NodeJS.Platform): PathStyle {
  if (platform === 'win32') return windowsStyle
  return platform === 'darwin' ? macStyle : posixStyle
}

function validPosixName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) refuse('EINVAL')
  if (name.length > 255) refuse('ENAMETOOLONG')
  return name
}
