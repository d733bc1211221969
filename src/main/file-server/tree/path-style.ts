import { refuse } from '../protocol/linux'

/**
 * The form of names and paths in the file server. On Linux and macOS a name is bytes. It is kept as one character a
 * byte (latin1), so that every legal name survives. On Windows a name is text.
 */
export interface PathStyle {
  separator: string
  decode(bytes: Buffer): string
  encode(name: string): Buffer
  /** The path as node:fs takes it. */
  forHost(path: string): string | Buffer
  /** A path of the settings, in the form that is used here. */
  fromText(path: string): string
  toText(path: string): string
  /** The file system ignores case. */
  foldsNames: boolean
  /** Makes two spellings of one name equal where the file system treats them as one. */
  fold(path: string): string
  /**
   * Returns the name, unless it is no name or this host would read more than a name into it.
   * @throws Refusal EINVAL, ENAMETOOLONG
   */
  validName(name: string): string
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

function validPosixName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) refuse('EINVAL')
  if (name.length > 255) refuse('ENAMETOOLONG')
  return name
}
