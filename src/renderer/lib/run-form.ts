import { runRequestSchema, type RunRequest } from '../../shared/containers'
import { splitShellWords } from './shell-quoting'

/** A row of the run dialog that publishes a port or a range of ports. */
export interface PortInput {
  /** A number, or a range such as `8000-8010`. */
  hostPort: string
  containerPort: string
  protocol: 'tcp' | 'udp'
  /** `computer` (loopback only), `network` (every address), or one of this computer's addresses. */
  reach: string
}

/** The input of the run dialog, as the user typed it. */
export interface RunForm {
  image: string
  name: string
  command: string
  environment: { name: string; value: string }[]
  ports: PortInput[]
  volumes: { volume: string; path: string; readOnly: boolean }[]
  binds: { hostPath: string; path: string; readOnly: boolean }[]
  autoRemove: boolean
  tty: boolean
}

/** Maps the path of a field, such as `ports.0.hostPort`, to the key of its message under `run.problems`. */
export type RunProblems = Record<string, string>

export function emptyRunForm(image = ''): RunForm {
  return {
    image,
    name: '',
    command: '',
    environment: [],
    ports: [],
    volumes: [],
    binds: [],
    autoRemove: false,
    tty: false,
  }
}

/** Returns the rows that are not blank, with their original indexes. */
function filled<T extends object>(
  rows: readonly T[],
  fields: readonly (keyof T)[],
): { row: T; index: number }[] {
  return rows
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => fields.some((field) => String(row[field]).trim() !== ''))
}

/** The most ports that all rows of the form together may publish. */
const mostPorts = 1000

interface PortPair {
  hostPort: number
  containerPort: number
}

/** Returns the first and last port of `8000` or `8000-8010`. Returns NaN for any other text. */
function range(text: string): [number, number] {
  const [, first, last = first] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(text.trim()) ?? []
  const found: [number, number] = [Number(first), Number(last)]
  return found[0] <= found[1] ? found : [Number.NaN, Number.NaN]
}

/**
 * Pairs two ports, or the ports of two ranges with the same length. If a text is not a port, returns one pair with NaN,
 * which the schema refuses. Returns `range-length` if the ranges differ in length, and `too-many` if they are too long.
 */
function portPairs(host: string, container: string): PortPair[] | 'range-length' | 'too-many' {
  const [hostPort, lastHost] = range(host)
  const [containerPort, lastContainer] = range(container)
  if ([hostPort, containerPort].some(Number.isNaN)) return [{ hostPort, containerPort }]
  const count = lastHost - hostPort + 1
  if (count !== lastContainer - containerPort + 1) return 'range-length'
  if (count > mostPorts) return 'too-many'
  return Array.from({ length: count }, (_, index) => ({
    hostPort: hostPort + index,
    containerPort: containerPort + index,
  }))
}

interface PortsOfRow {
  row: Omit<PortInput, keyof PortPair> & PortPair
  index: number
}

/** Turns each row into one entry per port of its range. Also returns the problems of rows with unusable ranges. */
function expandRanges(rows: { row: PortInput; index: number }[]): {
  ports: PortsOfRow[]
  problems: RunProblems
} {
  const ports: PortsOfRow[] = []
  const problems: RunProblems = {}
  for (const { row, index } of rows) {
    const pairs = portPairs(row.hostPort, row.containerPort)
    if (pairs === 'range-length') problems[`ports.${String(index)}.containerPort`] = 'rangeLength'
    else if (pairs === 'too-many' || ports.length + pairs.length > mostPorts)
      problems[`ports.${String(index)}.hostPort`] = 'tooManyPorts'
    else ports.push(...pairs.map((pair) => ({ row: { ...row, ...pair }, index })))
  }
  return { ports, problems }
}

/** Returns the key of the message for a field. Fields in different rows share the same messages. */
function problemKey(path: string, message: string): string {
  if (message === 'duplicate-port') return 'duplicatePort'
  if (message === 'duplicate-path') return 'duplicatePath'
  const field = path.replace(/\.\d+/, '')
  switch (field) {
    case 'image':
      return message.startsWith('reference-')
        ? `image.${message.slice('reference-'.length)}`
        : 'image.grammar'
    case 'name':
      return 'name'
    case 'environment.name':
      return 'environmentName'
    case 'environment.value':
      return 'environmentValue'
    case 'ports.hostPort':
    case 'ports.containerPort':
      return 'port'
    case 'binds.hostPath':
      return 'hostPath'
    case 'volumes.volume':
      return 'volume'
    case 'volumes.path':
    case 'binds.path':
      return 'path'
    default:
      return 'other'
  }
}

/** Validates the form. Returns the request, or the problems of the fields. */
export function toRunRequest(form: RunForm): { request: RunRequest } | { problems: RunProblems } {
  const command = splitShellWords(form.command)
  const environment = filled(form.environment, ['name', 'value'])
  const { ports, problems } = expandRanges(filled(form.ports, ['hostPort', 'containerPort']))
  const volumes = filled(form.volumes, ['volume', 'path'])
  const binds = filled(form.binds, ['hostPath', 'path'])
  const parsed = runRequestSchema.safeParse({
    image: form.image.trim(),
    ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    command: 'words' in command ? command.words : [],
    environment: environment.map(({ row }) => ({ name: row.name.trim(), value: row.value })),
    ports: ports.map(({ row }) => ({
      hostIp: row.reach === 'network' ? '0.0.0.0' : row.reach === 'computer' ? '' : row.reach,
      hostPort: row.hostPort,
      containerPort: row.containerPort,
      protocol: row.protocol,
    })),
    volumes: volumes.map(({ row }) => ({
      volume: row.volume.trim(),
      path: row.path.trim(),
      readOnly: row.readOnly,
    })),
    binds: binds.map(({ row }) => ({
      hostPath: row.hostPath.trim(),
      path: row.path.trim(),
      readOnly: row.readOnly,
    })),
    autoRemove: form.autoRemove,
    tty: form.tty,
  })
  if ('problem' in command) problems.command = `command.${command.problem}`
  if (parsed.success) return Object.keys(problems).length > 0 ? { problems } : { request: parsed.data }
  const rows = { environment, ports, volumes, binds }
  for (const { path, message } of parsed.error.issues) {
    const [field, position, ...rest] = path
    const formRow =
      field === 'environment' || field === 'ports' || field === 'volumes' || field === 'binds'
        ? rows[field][Number(position)]?.index
        : undefined
    const key = [field, ...(formRow === undefined ? [] : [formRow]), ...rest].map(String).join('.')
    problems[key] ??= problemKey(key, message)
  }
  return { problems }
}
