import { mostPorts, type RunRequest } from '../../run'

type Port = RunRequest['ports'][number]

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
