import { separatorOf } from '../../host-paths'
import { mostPorts, type RunRequest } from '../../run'
import { shellFolder, shellHome } from './shell-text'

type Port = RunRequest['ports'][number]
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

/** Reads a port or a range. Returns undefined if the text is neither. */
function range(text: string): { first: number; count: number } | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  if (first === undefined || last === undefined || Number(last) < Number(first)) return undefined
  return { first: Number(first), count: Number(last) - Number(first) + 1 }
}

/** The Docker CLI also reads `published=8080,target=80,protocol=tcp`. */
function inShortNotation(text: string): string {
  if (!text.includes('=')) return text
  const fields = new Map(text.split(',').map((field) => [readPair(field).name, readPair(field).value ?? '']))
  return `${fields.get('published') ?? ''}:${fields.get('target') ?? ''}/${fields.get('protocol') ?? 'tcp'}`
}

/**
 * Reads `[ADDRESS:][HOST PORT:]PORT[/PROTOCOL]`. Returns undefined if the text is wrong, and `other` if the form cannot
 * hold it: SCTP, or one of several free ports.
 */
export function readPorts(text: string): Port[] | 'other' | undefined {
  const [, rest = '', written = 'tcp'] = /^(.*?)(?:\/(\w+))?$/.exec(inShortNotation(text)) ?? []
  const protocol = written.toLowerCase()
  const [, bracketed, plain, host = '', container = ''] =
    /^(?:(?:\[([^\]]*)\]|([\d.]*)):(?=[^:]*:))?(?:([\d-]*):)?([\d-]+)$/.exec(rest) ?? []
  const ports = range(container)
  const hostPorts = host === '' ? { first: 0, count: ports?.count ?? 0 } : range(host)
  if (ports === undefined || hostPorts === undefined) return undefined
  if (protocol !== 'tcp' && protocol !== 'udp') return protocol === 'sctp' ? 'other' : undefined
  if (ports.count > mostPorts) return 'other'
  if (hostPorts.count !== ports.count) return ports.count === 1 ? 'other' : undefined
  return Array.from({ length: ports.count }, (_, index) => ({
    hostIp: bracketed ?? plain ?? '',
    hostPort: hostPorts.first === 0 ? 0 : hostPorts.first + index,
    containerPort: ports.first + index,
    protocol,
  }))
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

/** Reads a size as the Docker CLI does (`64m`, `1.5gb`). Returns bytes. */
export function readSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([bkmgtp]?)(?:i?b)?$/i.exec(text) ?? []
  if (digits === undefined) return undefined
  return Math.floor(Number(digits) * 1024 ** Math.max(0, 'bkmgtp'.indexOf(unit.toLowerCase() || 'b')))
}

/** The seconds of each unit of a duration. */
const units: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
}

/** Reads a duration as Go writes it, such as `1m30s`. Returns seconds. */
export function readSeconds(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined
  const parts = text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g)
  return [...parts].reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (units[unit] ?? 0), 0)
}

/** Reads the value of a flag as the Docker CLI does. */
export function readFlag(text: string): boolean | undefined {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : undefined
}

export function readNumber(text: string): number | undefined {
  return /^(?:\d+(?:\.\d*)?|\.\d+)(?:e-?\d+)?$/.test(text) ? Number(text) : undefined
}

/** Reads `NAME=VALUE`. Without `=`, the value is undefined. */
export function readPair(text: string): { name: string; value: string | undefined } {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  return { name, value }
}

export function readDevice(text: string): NonNullable<RunRequest['devices']>[number] | undefined {
  const [source = '', second = '', third, ...rest] = text.split(':')
  if (!source.startsWith('/') || rest.length > 0) return undefined
  const isPath = second.startsWith('/')
  return {
    source,
    path: isPath ? second : source,
    permissions: third ?? (isPath || second === '' ? 'rwm' : second),
  }
}

/** Reads `NAME:ADDRESS` or `NAME=ADDRESS`. */
export function readHost(text: string): { name: string; address: string } | undefined {
  const [, name = '', address = ''] = /^([^:=]+)[:=](.+)$/.exec(text) ?? []
  return name === '' ? undefined : { name, address: address.replace(/^\[(.*)\]$/, '$1') }
}

export function readRestart(text: string): RunRequest['restart'] | undefined {
  const [, policy, retries = '0'] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? []
  if (policy === undefined || (policy !== 'on-failure' && text !== policy)) return undefined
  return { policy: policy as NonNullable<RunRequest['restart']>['policy'], retries: Number(retries) }
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
