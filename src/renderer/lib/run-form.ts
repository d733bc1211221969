import { isPathLike } from '../../shared/host-paths'
import { completeSpec, type ContainerSpec, runRequestSchema, type RunRequest } from '../../shared/run'
import { joinShellWords, splitShellWords } from '../../shared/shell-words'
import { parseSize, writeSize } from '../../shared/sizes'
import { filled, listed } from './form-input'
import { expandRanges, type PortInput } from './port-ranges'
import { fieldOf, problemKey, type RunProblems } from './run-problems'

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
  privileged: boolean
  hostPid: boolean
  platform: string
  logging: { driver: string; options: Pair[] }
}

/** The port of this computer for a web server, because many systems reserve the ports below 1024. */
const usualWebPort = '8080'

/** The row that publishes a port of a container under a number that users can guess. */
export function publishedPort(containerPort: string): PortInput {
  const hostPort = containerPort === '80' ? usualWebPort : containerPort
  return { hostPort, containerPort, protocol: 'tcp', reach: 'computer' }
}

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

/** Reads a number. An empty text means 0. Returns NaN if the text is not a number. */
function readNumber(text: string): number {
  const digits = text.trim()
  return digits === '' ? 0 : /^\d+(?:\.\d+)?$/.test(digits) ? Number(digits) : Number.NaN
}

function readSize(text: string): number {
  return text.trim() === '' ? 0 : parseSize(text)
}

/** Main refuses a network path with an explanation of its own. */
function isHostPath(path: string): boolean {
  return isPathLike(path) || path.startsWith('\\\\')
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
    privileged: form.privileged,
    hostPid: form.hostPid,
    platform: form.platform.trim(),
    logging: {
      driver: form.logging.driver.trim(),
      options: options.map(({ row }) => ({ name: row.name.trim(), value: row.value })),
    },
  })
  if (form.environmentText !== '') problems.environmentText = 'environmentText'
  for (const { row, index } of binds)
    if (row.hostPath.trim() !== '' && !isHostPath(row.hostPath.trim()))
      problems[`binds.${String(index)}.hostPath`] = 'hostPath'
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
