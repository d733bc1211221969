import { refuse } from '../protocol/linux'

/**
 * Names and paths as this folder keeps them. A name on Linux and macOS is bytes: it is kept as one character a byte
 * (latin1), so that every legal name survives. On Windows it is text.
 */
export interface PathStyle {
  separator: string
  decode(bytes: Buffer): string
  encode(name: string): Buffer
  /** What node:fs takes. */
  forHost(path: string): string | Buffer
  /** A path as settings hold it, in the form kept here. */
  fromText(path: string): string
  toText(path: string): string
  /** Capitals and small letters are one. */
  foldsNames: boolean
  /** Two spellings of one name are equal where the file system says so. */
  fold(path: string): string
  /** Refuses what is no name, or would mean more than a name to this host. */
  check(name: string): string
}

// eslint-disable-next-line no-control-regex -- exactly these
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
  check: checkPosix,
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
  check: (name) => {
    checkPosix(name)
    // A separator, a stream, a pattern, a device, or an end that Windows drops.
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

function checkPosix(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) refuse('EINVAL')
  if (name.length > 255) refuse('ENAMETOOLONG')
  return name
}
