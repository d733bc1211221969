import { addressPrefix } from '../port-addresses'
import { completeSpec, type ContainerSpec, type RunRequest } from '../run'
import { writeSize } from '../sizes'
import { hiddenPair, hiddenText, hiddenWords } from './hidden-secrets'
import { assignments, csv, each, unless, when, type Word } from './words'

/** What else a line for a container needs to know. */
export interface RunCommandOptions {
  /** Flags for settings that the form does not know, such as `--ulimit`. */
  extras?: readonly string[]
  /**
   * Leaves out what may be a secret: the values of the variables and of the options of the log driver. The Docker CLI
   * takes the value of a variable without a value from the shell. In the command, the health check and the labels, `…`
   * replaces what looks like a secret.
   */
  withoutSecrets?: boolean
}

/**
 * Returns the words of the `docker run` command that does the same as a run in Berth. The Docker CLI has only one word
 * for the entry point, so its other words become the first words of the command.
 */
export function runCommand(request: RunRequest, options: RunCommandOptions = {}): Word[] {
  const { extras = [], withoutSecrets = false } = options
  const spec = completeSpec(request)
  const [program, ...programArguments] = spec.entrypoint
  const words = [...programArguments, ...spec.command]
  return [
    'docker',
    'run',
    '-d',
    ...unless('--name', spec.name ?? ''),
    ...terminalFlags(spec),
    ...when(spec.autoRemove, '--rm'),
    ...restartFlags(spec),
    ...each('-p', spec.ports.map(portText)),
    ...each('-e', withoutSecrets ? spec.environment.map(({ name }) => name) : assignments(spec.environment)),
    ...mountFlags(spec),
    ...unless('-w', spec.workingDirectory),
    ...unless('-u', spec.user),
    ...unless('--cpus', spec.cpus, 0),
    ...when(spec.memory > 0, '-m', writeSize(spec.memory)),
    ...unless('--pids-limit', spec.pids, 0),
    ...healthFlags(withoutSecrets ? withHiddenCheck(spec) : spec),
    ...networkFlags(spec),
    ...unless('--hostname', spec.hostname),
    ...each(
      '--add-host',
      spec.extraHosts.map(({ name, address }) => `${name}:${address}`),
    ),
    ...each('--dns', spec.dns),
    ...each('--cap-add', spec.capAdd),
    ...each('--cap-drop', spec.capDrop),
    ...each('--device', spec.devices.map(deviceText)),
    ...when(spec.readOnlyRoot, '--read-only'),
    ...when(spec.init, '--init'),
    ...when(spec.privileged, '--privileged'),
    ...when(spec.hostPid, '--pid', 'host'),
    ...unless('--platform', spec.platform),
    ...each('-l', assignments(withoutSecrets ? spec.labels.map(hiddenPair) : spec.labels)),
    ...unless('--log-driver', spec.logging.driver),
    ...each('--log-opt', withoutSecrets ? [] : assignments(spec.logging.options)),
    ...extras,
    ...(program === undefined ? [] : ['--entrypoint', program]),
    spec.image,
    ...(withoutSecrets ? hiddenWords(words) : words),
  ]
}

function withHiddenCheck(spec: ContainerSpec): ContainerSpec {
  const { health } = spec
  return health.kind === 'command'
    ? { ...spec, health: { ...health, command: hiddenText(health.command) } }
    : spec
}

function terminalFlags({ tty, openStdin }: ContainerSpec): string[] {
  if (tty && openStdin) return ['-it']
  return [...when(tty, '-t'), ...when(openStdin, '-i')]
}

function restartFlags({ restart: { policy, retries } }: ContainerSpec): string[] {
  if (policy === 'no') return []
  const most = policy === 'on-failure' && retries > 0 ? `:${String(retries)}` : ''
  return ['--restart', policy + most]
}

/** `[ADDRESS:][HOST PORT]:PORT[/PROTOCOL]` */
export function portText({
  hostIp,
  hostPort,
  containerPort,
  protocol,
}: ContainerSpec['ports'][number]): string {
  const address = addressPrefix(hostIp)
  const host = hostPort === 0 ? '' : String(hostPort)
  const published = address === '' && host === '' ? '' : `${address}${host}:`
  return `${published}${String(containerPort)}${protocol === 'tcp' ? '' : `/${protocol}`}`
}

export function deviceText({ source, path, permissions }: ContainerSpec['devices'][number]): string {
  if (permissions !== 'rwm') return `${source}:${path}:${permissions}`
  return source === path ? source : `${source}:${path}`
}

function mountFlags(spec: ContainerSpec): Word[] {
  return [
    ...spec.volumes.flatMap(({ volume, path, readOnly }) =>
      mountWords({ type: 'volume', source: volume, path, readOnly }),
    ),
    ...spec.binds.flatMap(({ hostPath, path, readOnly }) =>
      mountWords({ type: 'bind', source: hostPath, path, readOnly }),
    ),
    ...spec.tmpfs.flatMap(({ path, size }) => [
      '--mount',
      csv(['type=tmpfs', `target=${path}`, ...(size === 0 ? [] : [`tmpfs-size=${String(size)}`])]),
    ]),
  ]
}

/** `-v` is the notation that most people know. It cannot express some mounts: those get `--mount`. */
function mountWords(mount: {
  type: 'volume' | 'bind'
  source: string
  path: string
  readOnly: boolean
}): Word[] {
  const { type, source, path, readOnly } = mount
  const isAnonymous = source === ''
  const isPlain = !`${source.replace(/^[A-Za-z]:(?=[\\/])/, '')}${path}`.includes(':')
  if (!isPlain || (isAnonymous && readOnly))
    return [
      '--mount',
      csv([
        `type=${type}`,
        ...(isAnonymous ? [] : [`source=${source}`]),
        `target=${path}`,
        ...when(readOnly, 'readonly'),
      ]),
    ]
  const text = `${isAnonymous ? '' : `${source}:`}${path}${readOnly ? ':ro' : ''}`
  return ['-v', type === 'bind' && text.startsWith('~') ? { home: text.slice(1) } : text]
}

function healthFlags({ health }: ContainerSpec): string[] {
  if (health.kind === 'image') return []
  if (health.kind === 'none') return ['--no-healthcheck']
  const time = (flag: string, seconds: number) => unless(flag, `${String(seconds)}s`, '0s')
  return [
    '--health-cmd',
    health.command,
    ...time('--health-interval', health.interval),
    ...time('--health-timeout', health.timeout),
    ...time('--health-start-period', health.startPeriod),
    ...unless('--health-retries', health.retries, 0),
  ]
}

function networkFlags({ networks }: ContainerSpec): string[] {
  const [first] = networks
  if (first !== undefined && networks.length === 1)
    return [
      '--network',
      first.network,
      ...each('--network-alias', first.aliases),
      ...unless('--ip', first.ipv4),
      ...unless('--ip6', first.ipv6),
    ]
  return networks.flatMap(({ network, aliases, ipv4, ipv6 }) => {
    const options = [
      ...aliases.map((alias) => `alias=${alias}`),
      ...(ipv4 === '' ? [] : [`ip=${ipv4}`]),
      ...(ipv6 === '' ? [] : [`ip6=${ipv6}`]),
    ]
    return ['--network', options.length === 0 ? network : csv([`name=${network}`, ...options])]
  })
}
