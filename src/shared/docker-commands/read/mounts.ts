import { separatorOf } from '../../host-paths'
import { shellFolder, shellHome } from './shell-text'
import { readSize } from './values'

interface Mount {
  kind: 'volume' | 'bind' | 'tmpfs'
  source: string
  path: string
  readOnly: boolean
  size: number
}

/** `other` are the parts that the form cannot hold. */
export interface ReadMount {
  mount: Mount
  other: string[]
}

/** True for a path of this computer, and not the name of a volume. A relative path begins with a dot. */
export function isHostSource(source: string): boolean {
  const isPath = /^(?:\/|\.|~|[A-Za-z]:[\\/]|\\\\)/.test(source)
  return isPath || source.startsWith(shellFolder) || source.startsWith(shellHome)
}

/** Reads `[SOURCE:]PATH[:OPTIONS]`. A drive letter is not a separator. Returns undefined if the text is wrong. */
export function readVolume(text: string): ReadMount | undefined {
  const [, source, path = '', options = ''] =
    /^(?:((?:[A-Za-z]:(?=[\\/]))?[^:]*):)?([/\uE000\uE001][^:]*)(?::([\w,=]*))?$/s.exec(text) ?? []
  if (path === '' || source === '') return undefined
  const words = options.split(',').filter((word) => word !== '')
  return {
    mount: {
      kind: source !== undefined && isHostSource(source) ? 'bind' : 'volume',
      source: source ?? '',
      path,
      readOnly: words.includes('ro') || words.includes('readonly'),
      size: 0,
    },
    other: words.filter((word) => !['ro', 'rw', 'readonly'].includes(word)),
  }
}

/** Splits one line of CSV, in which a field may be in double quotes. */
export function splitCsv(text: string): string[] {
  const fields: string[] = []
  let field = ''
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '"' && isQuoted && text.charAt(index + 1) === '"') {
      field += '"'
      index++
    } else if (character === '"' && (isQuoted || field === '')) isQuoted = !isQuoted
    else if (character === ',' && !isQuoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  return [...fields, field]
}

/** Reads the value of `--mount`. Returns `other` for a type that the form does not know. */
export function readMount(text: string): ReadMount | 'other' | undefined {
  const mount: Mount = { kind: 'volume', source: '', path: '', readOnly: false, size: 0 }
  const other: string[] = []
  for (const field of splitCsv(text)) {
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(field) ?? []
    const isOn = value === undefined || value === 'true' || value === '1'
    switch (key.toLowerCase()) {
      case 'type': {
        const kind = value?.toLowerCase()
        if (kind !== 'volume' && kind !== 'bind' && kind !== 'tmpfs')
          return kind === 'npipe' || kind === 'cluster' || kind === 'image' ? 'other' : undefined
        mount.kind = kind
        break
      }
      case 'source':
      case 'src':
        mount.source = value ?? ''
        break
      case 'target':
      case 'destination':
      case 'dst':
        mount.path = value ?? ''
        break
      case 'readonly':
      case 'ro':
        mount.readOnly = isOn
        break
      case 'tmpfs-size': {
        const size = readSize(value ?? '')
        if (size === undefined) return undefined
        mount.size = size
        break
      }
      default:
        if (key === '') return undefined
        other.push(field)
    }
  }
  if (mount.path === '' || (mount.kind === 'bind' && mount.source === '')) return undefined
  if (mount.kind === 'tmpfs' && mount.readOnly) other.push('readonly')
  return { mount, other }
}

/** Options that every folder in memory has anyway. */
const usualTmpfs = ['', 'rw', 'noexec', 'nosuid', 'nodev']

/** The options of a folder in memory that the form cannot hold. The form has the size. */
export function otherTmpfsOptions(options: string): string[] {
  return options.split(',').filter((word) => !usualTmpfs.includes(word) && !word.startsWith('size='))
}

/** Reads the value of `--tmpfs`. */
export function readTmpfs(text: string): ReadMount | undefined {
  const [, path = '', options = ''] = /^(\/[^:]*)(?::(.*))?$/.exec(text) ?? []
  if (path === '') return undefined
  const sizeText = options
    .split(',')
    .find((word) => word.startsWith('size='))
    ?.slice('size='.length)
  const size = sizeText === undefined ? 0 : readSize(sizeText)
  if (size === undefined) return undefined
  return {
    mount: { kind: 'tmpfs', source: '', path, readOnly: false, size },
    other: otherTmpfsOptions(options),
  }
}

/** Joins a path that begins with a dot with a folder of this computer. Other paths stay as they are. */
export function hostPathIn(folder: string, source: string): string {
  if (!source.startsWith('.')) return source
  const separator = separatorOf(folder)
  const parts = folder.replace(/[\\/]$/, '').split(separator)
  for (const part of source.split(/[\\/]/)) {
    if (part === '..' && parts.length > 1) parts.pop()
    else if (part !== '' && part !== '.' && part !== '..') parts.push(part)
  }
  const joined = parts.join(separator)
  return joined === '' || /^[A-Za-z]:$/.test(joined) ? joined + separator : joined
}
