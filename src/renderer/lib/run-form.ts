import { runRequestSchema, type RunRequest } from '../../shared/containers'
import { splitShellWords } from './shell-quoting'

/** A row of the form that publishes a port. */
export interface PortInput {
  /** A number, or a range such as `8000-8010`. */
  hostPort: string
  containerPort: string
  protocol: 'tcp' | 'udp'
  /** `computer` (loopback only), `network` (every address), or one of this computer's addresses. */
  reach: string
}

/** The run dialog as the user types it. */
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

/** Field path (`ports.0.hostPort`) → key of the message under `run.problems`. */
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

/** Leaves out rows that the user added but did not fill in. */
function filled<T extends object>(
  rows: readonly T[],
  fields: readonly (keyof T)[],
): { row: T; index: number }[] {
  return rows
    .map((row, index) => ({ row, index }))
    .filter(({ row }) => fields.some((field) => String(row[field]).trim() !== ''))
}

/** The most ports that the rows of the form may ask for together. */
const mostPorts = 1000

interface PortPair {
  hostPort: number
  containerPort: number
}

/** First and last port of `8000` or `8000-8010`; NaN for any other text. */
function range(text: string): [number, number] {
  const [, first, last = first] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(text.trim()) ?? []
  const found: [number, number] = [Number(first), Number(last)]
  return found[0] <= found[1] ? found : [Number.NaN, Number.NaN]
}

/**
 * The pairs of two ports, or of two ranges of the same length. A text that is not a port becomes one pair with NaN,
 * which the schema refuses. Ranges that do not fit together are a problem of their own.
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

/** One entry for each port of a row's range, and the problems of rows whose ranges do not fit. */
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

/** The message of a field. The path without row numbers is the kind of the field. */
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

/** Validates the form: the request that it asks for, or the problems of its fields. */
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
