import { completeSpec, type ContainerSpec, runRequestSchema, type RunRequest } from '../../shared/run'
import { joinShellWords, splitShellWords } from './shell-quoting'
import { parseSize, writeSize } from './sizes'

/** A row of the form that publishes a port or a range of ports. */
export interface PortInput {
  /** A number, or a range such as `8000-8010`. Empty if the engine chooses a free port. */
  hostPort: string
  containerPort: string
  protocol: 'tcp' | 'udp'
  /** `computer` (loopback only), `network` (every address), or one of this computer's addresses. */
  reach: string
}

interface Pair {
  name: string
  value: string
}

/** The input of the form for run and edit, as the user typed it. */
export interface RunForm {
  image: string
  name: string
  command: string
  entrypoint: string
  environment: Pair[]
  /** The text of the variables while it does not consist of variables. Otherwise empty. */
  environmentText: string
  ports: PortInput[]
  volumes: { volume: string; path: string; readOnly: boolean }[]
  binds: { hostPath: string; path: string; readOnly: boolean }[]
  tmpfs: { path: string; size: string }[]
  autoRemove: boolean
  tty: boolean
  openStdin: boolean
  workingDirectory: string
  user: string
  restart: { policy: ContainerSpec['restart']['policy']; retries: string }
  cpus: string
  memory: string
  pids: string
  health: {
    kind: ContainerSpec['health']['kind']
    command: string
    interval: string
    timeout: string
    startPeriod: string
    retries: string
  }
  labels: Pair[]
  /** `aliases` are separated by spaces or commas. So are the texts of `dns`, `capAdd` and `capDrop`. */
  networks: { network: string; aliases: string; ipv4: string; ipv6: string }[]
  hostname: string
  extraHosts: { name: string; address: string }[]
  dns: string
  capAdd: string
  capDrop: string
  devices: { source: string; path: string; permissions: string }[]
  readOnlyRoot: boolean
  init: boolean
  platform: string
  logging: { driver: string; options: Pair[] }
}

/** Maps the path of a field, such as `ports.0.hostPort`, to the key of its message under `run.problems`. */
export type RunProblems = Record<string, string>

export function emptyRunForm(image = ''): RunForm {
  const nothing = { command: [], environment: [], ports: [], volumes: [], autoRemove: false, tty: false }
  return { ...formOf({ image, ...nothing }), name: '' }
}

/** Writes a number for its field. The field is empty for 0, which means the default. */
function writeNumber(value: number): string {
  return value === 0 ? '' : String(value)
}

/** Fills the form from a container's settings. `toRunRequest` turns the form into the same settings again. */
export function formOf(request: RunRequest): RunForm {
  const spec = completeSpec(request)
  const { health } = spec
  return {
    ...spec,
    name: spec.name ?? '',
    command: joinShellWords(spec.command),
    entrypoint: joinShellWords(spec.entrypoint),
    environment: spec.environment.map((row) => ({ ...row })),
    environmentText: '',
    ports: spec.ports.map(({ hostIp, hostPort, containerPort, protocol }) => ({
      hostPort: writeNumber(hostPort),
      containerPort: String(containerPort),
      protocol,
      reach: hostIp === '' ? 'computer' : hostIp === '0.0.0.0' ? 'network' : hostIp,
    })),
    volumes: spec.volumes.map((row) => ({ ...row })),
    binds: spec.binds.map((row) => ({ ...row })),
    tmpfs: spec.tmpfs.map(({ path, size }) => ({ path, size: size === 0 ? '' : writeSize(size) })),
    restart: { ...spec.restart, retries: writeNumber(spec.restart.retries) },
    cpus: writeNumber(spec.cpus),
    memory: spec.memory === 0 ? '' : writeSize(spec.memory),
    pids: writeNumber(spec.pids),
    health: {
      kind: health.kind,
      command: health.kind === 'command' ? health.command : '',
      interval: health.kind === 'command' ? writeNumber(health.interval) : '',
      timeout: health.kind === 'command' ? writeNumber(health.timeout) : '',
      startPeriod: health.kind === 'command' ? writeNumber(health.startPeriod) : '',
      retries: health.kind === 'command' ? writeNumber(health.retries) : '',
    },
    labels: spec.labels.map((row) => ({ ...row })),
    networks: spec.networks.map((row) => ({ ...row, aliases: row.aliases.join(' ') })),
    extraHosts: spec.extraHosts.map((row) => ({ ...row })),
    dns: spec.dns.join(' '),
    capAdd: spec.capAdd.join(' '),
    capDrop: spec.capDrop.join(' '),
    devices: spec.devices.map((row) => ({ ...row })),
    logging: { driver: spec.logging.driver, options: spec.logging.options.map((row) => ({ ...row })) },
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
 * Pairs two ports, or the ports of two ranges with the same length. Without a host port, pairs each container port with
 * 0. If a text is not a port, returns one pair with NaN, which the schema refuses. Returns `range-length` if the ranges
 * differ in length, and `too-many` if they are too long.
 */
function portPairs(host: string, container: string): PortPair[] | 'range-length' | 'too-many' {
  const [containerPort, lastContainer] = range(container)
  const isRandom = host.trim() === ''
  const [hostPort, lastHost] = isRandom ? [0, lastContainer - containerPort] : range(host)
  if ([hostPort, containerPort].some(Number.isNaN)) return [{ hostPort, containerPort }]
  const count = lastContainer - containerPort + 1
  if (lastHost - hostPort + 1 !== count) return 'range-length'
  if (count > mostPorts) return 'too-many'
  return Array.from({ length: count }, (_, index) => ({
    hostPort: isRandom ? 0 : hostPort + index,
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

/** The messages of the schema that are keys of texts under `run.problems`. */
const messageKeys = new Set([
  'hostname',
  'address',
  'seconds',
  'count',
  'healthCommand',
  'alias',
  'size',
  'memory',
  'cpus',
  'user',
  'label',
  'capability',
  'device',
  'permissions',
  'platform',
  'logDriver',
  'logOption',
  'restartAutoRemove',
  'duplicateNetwork',
  'networkAlone',
])

/** The message keys of fields for which the schema has no message. */
const fieldKeys = new Map([
  ['name', 'name'],
  ['environment.name', 'environmentName'],
  ['environment.value', 'environmentValue'],
  ['ports.hostPort', 'port'],
  ['ports.containerPort', 'port'],
  ['binds.hostPath', 'hostPath'],
  ['volumes.volume', 'volume'],
  ['volumes.path', 'path'],
  ['binds.path', 'path'],
  ['tmpfs.path', 'path'],
  ['workingDirectory', 'path'],
  ['networks.network', 'volume'],
  ['networks.ipv4', 'address'],
  ['networks.ipv6', 'address'],
  ['extraHosts.address', 'address'],
  ['memory', 'memory'],
])

/** Returns the key of the message for a field. Fields in different rows share the same messages. */
function problemKey(path: string, message: string): string {
  if (message === 'duplicate-port') return 'duplicatePort'
  if (message === 'duplicate-path') return 'duplicatePath'
  if (messageKeys.has(message)) return message
  const field = path.replace(/\.\d+/, '')
  if (field === 'image')
    return message.startsWith('reference-') ? `image.${message.slice('reference-'.length)}` : 'image.grammar'
  return fieldKeys.get(field) ?? 'other'
}

/** Splits a text at spaces and commas. */
function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

/** Reads a number. An empty text means 0. Returns NaN if the text is not a number. */
function readNumber(text: string): number {
  const digits = text.trim()
  return digits === '' ? 0 : /^\d+(?:\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN
}

function readSize(text: string): number {
  return text.trim() === '' ? 0 : parseSize(text)
}

/** Maps the path of an issue to the field of the form. A list that the user types as one text has one field. */
function fieldOf(path: readonly PropertyKey[], rows: ReadonlyMap<string, { index: number }[]>): string {
  const [field, position, ...rest] = path.map(String)
  const name = field ?? ''
  const found = rows.get(name)?.[Number(position)]
  if (found !== undefined) return [name, found.index, ...rest.slice(0, 1)].join('.')
  if (name === 'logging' && position === 'options') {
    const row = rows.get('logging.options')?.[Number(rest[0])]?.index
    return ['logging.options', row, ...rest.slice(1)].join('.')
  }
  const isText = ['command', 'entrypoint', 'dns', 'capAdd', 'capDrop'].includes(name)
  return isText || position === undefined ? name : [name, position].join('.')
}

/** Validates the form. Returns the request, or the problems of the fields. */
export function toRunRequest(form: RunForm): { request: RunRequest } | { problems: RunProblems } {
  const command = splitShellWords(form.command)
  const entrypoint = splitShellWords(form.entrypoint)
  const environment = filled(form.environment, ['name', 'value'])
  const { ports, problems } = expandRanges(filled(form.ports, ['hostPort', 'containerPort']))
  const volumes = filled(form.volumes, ['volume', 'path'])
  const binds = filled(form.binds, ['hostPath', 'path'])
  const tmpfs = filled(form.tmpfs, ['path', 'size'])
  const labels = filled(form.labels, ['name', 'value'])
  const networks = filled(form.networks, ['network', 'aliases', 'ipv4', 'ipv6'])
  const extraHosts = filled(form.extraHosts, ['name', 'address'])
  const devices = filled(form.devices, ['source', 'path'])
  const options = filled(form.logging.options, ['name', 'value'])
  const { health } = form
  const parsed = runRequestSchema.safeParse({
    image: form.image.trim(),
    ...(form.name.trim() === '' ? {} : { name: form.name.trim() }),
    command: 'words' in command ? command.words : [],
    entrypoint: 'words' in entrypoint ? entrypoint.words : [],
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
    tmpfs: tmpfs.map(({ row }) => ({ path: row.path.trim(), size: readSize(row.size) })),
    autoRemove: form.autoRemove,
    tty: form.tty,
    openStdin: form.openStdin,
    workingDirectory: form.workingDirectory.trim(),
    user: form.user.trim(),
    restart: {
      policy: form.restart.policy,
      retries: form.restart.policy === 'on-failure' ? readNumber(form.restart.retries) : 0,
    },
    cpus: readNumber(form.cpus),
    memory: readSize(form.memory),
    pids: readNumber(form.pids),
    health:
      health.kind === 'command'
        ? {
            kind: health.kind,
            command: health.command,
            interval: readNumber(health.interval),
            timeout: readNumber(health.timeout),
            startPeriod: readNumber(health.startPeriod),
            retries: readNumber(health.retries),
          }
        : { kind: health.kind },
    labels: labels.map(({ row }) => ({ name: row.name.trim(), value: row.value })),
    networks: networks.map(({ row }) => ({
      network: row.network.trim(),
      aliases: listed(row.aliases),
      ipv4: row.ipv4.trim(),
      ipv6: row.ipv6.trim(),
    })),
    hostname: form.hostname.trim(),
    extraHosts: extraHosts.map(({ row }) => ({ name: row.name.trim(), address: row.address.trim() })),
    dns: listed(form.dns),
    capAdd: listed(form.capAdd),
    capDrop: listed(form.capDrop),
    devices: devices.map(({ row }) => ({
      source: row.source.trim(),
      path: row.path.trim() === '' ? row.source.trim() : row.path.trim(),
      permissions: row.permissions.trim() === '' ? 'rwm' : row.permissions.trim(),
    })),
    readOnlyRoot: form.readOnlyRoot,
    init: form.init,
    platform: form.platform.trim(),
    logging: {
      driver: form.logging.driver.trim(),
      options: options.map(({ row }) => ({ name: row.name.trim(), value: row.value })),
    },
  })
  if (form.environmentText !== '') problems.environmentText = 'environmentText'
  if ('problem' in command) problems.command = `command.${command.problem}`
  if ('problem' in entrypoint) problems.entrypoint = `command.${entrypoint.problem}`
  if (parsed.success) return Object.keys(problems).length > 0 ? { problems } : { request: parsed.data }
  const rows = new Map<string, { index: number }[]>(
    Object.entries({ environment, ports, volumes, binds, tmpfs, labels, networks, extraHosts, devices }),
  ).set('logging.options', options)
  for (const { path, message } of parsed.error.issues) {
    const field = fieldOf(path, rows)
    problems[field] ??= problemKey(field, message)
  }
  return { problems }
}
