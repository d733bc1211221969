import type { FlagName } from './flags'
import { readMount, readTmpfs, readVolume, splitCsv } from './mounts'
import type { ReadProblem } from './read-result'
import type { RequestDraft } from './request-draft'
import type { UsedFlag } from './run-arguments'
import {
  readDevice,
  readFlag,
  readHost,
  readNumber,
  readPair,
  readPorts,
  readRestart,
  readSeconds,
  readSize,
} from './values'

/** The flags without a value, and their fields of the form. */
const switches: ReadonlyMap<
  FlagName,
  'openStdin' | 'tty' | 'autoRemove' | 'readOnlyRoot' | 'init' | 'privileged'
> = new Map([
  ['interactive', 'openStdin'],
  ['tty', 'tty'],
  ['rm', 'autoRemove'],
  ['read-only', 'readOnlyRoot'],
  ['init', 'init'],
  ['privileged', 'privileged'],
])

/** The flags whose value is one text, and their fields of the form. */
const texts: ReadonlyMap<FlagName, 'name' | 'workingDirectory' | 'user' | 'hostname' | 'platform'> = new Map([
  ['name', 'name'],
  ['workdir', 'workingDirectory'],
  ['user', 'user'],
  ['hostname', 'hostname'],
  ['platform', 'platform'],
])

/** The settings of a flag that concern several flags. */
interface Gathered {
  aliases: string[]
  ipv4: string
  ipv6: string
  /** The flags of the health check besides its command. */
  healthFlags: UsedFlag[]
  networkFlags: UsedFlag[]
}

/** Puts the flags into the draft. Returns the first flag with a wrong value. */
export function applyFlags(draft: RequestDraft, flags: readonly UsedFlag[]): ReadProblem | undefined {
  const gathered: Gathered = { aliases: [], ipv4: '', ipv6: '', healthFlags: [], networkFlags: [] }
  draft.spec.openStdin = false
  for (const used of flags)
    if (!applyFlag(draft, used, gathered))
      return { problem: 'wrongValue', subject: used.written, start: used.start, end: used.end }
  const { spec, notTaken } = draft
  if (spec.health.kind !== 'command') notTaken.push(...gathered.healthFlags.map(({ written }) => written))
  withoutDefaultNetwork(spec)
  const [first] = spec.networks
  if (first === undefined) notTaken.push(...gathered.networkFlags.map(({ written }) => written))
  else {
    first.aliases.push(...gathered.aliases)
    if (gathered.ipv4 !== '') first.ipv4 = gathered.ipv4
    if (gathered.ipv6 !== '') first.ipv6 = gathered.ipv6
  }
  return undefined
}

/** Removes the network that a container has anyway. */
function withoutDefaultNetwork(spec: RequestDraft['spec']): void {
  const [first] = spec.networks
  if (first === undefined || spec.networks.length !== 1 || first.network !== 'bridge') return
  if (first.aliases.length === 0 && first.ipv4 === '' && first.ipv6 === '') spec.networks = []
}

/** Returns false if the value is wrong. Notes a flag that the form cannot hold. */
function applyFlag(draft: RequestDraft, used: UsedFlag, gathered: Gathered): boolean {
  const { spec, notTaken } = draft
  const { written } = used
  const name: FlagName = used.flag.name
  const isPath = ['volume', 'mount', 'tmpfs', 'env-file', 'label-file'].includes(name)
  const value = isPath ? used.value : draft.inFolder(used.value)
  const isOn = readFlag(value) === true
  if (!used.flag.takesValue && readFlag(value) === undefined) return false
  const switchField = switches.get(name)
  if (switchField !== undefined) spec[switchField] = isOn
  const textField = texts.get(name)
  if (textField !== undefined) spec[textField] = value
  if (switchField !== undefined || textField !== undefined) return true
  const number = (take: (found: number) => void, found = readNumber(value)): boolean => {
    if (found !== undefined) take(found)
    return found !== undefined
  }
  switch (name) {
    case 'detach':
    case 'quiet':
      return true
    case 'pid':
      spec.hostPid = value === 'host'
      if (value !== 'host' && value !== '') notTaken.push(written)
      return true
    case 'no-healthcheck':
      if (isOn) spec.health = { kind: 'none' }
      return true
    case 'pull':
      if (value !== 'missing') notTaken.push(written)
      return ['missing', 'always', 'never'].includes(value)
    case 'entrypoint':
      if (value === '') notTaken.push(written)
      else spec.entrypoint = [value]
      return true
    case 'env':
    case 'label': {
      const pair = readPair(value)
      if (pair.name === '') return false
      // Without a value, the CLI takes the variable of the shell.
      if (name === 'label') draft.setPair('labels', pair.name, pair.value ?? '')
      else if (pair.value === undefined) notTaken.push(written)
      else draft.setPair('environment', pair.name, pair.value)
      return true
    }
    case 'env-file':
    case 'label-file':
      if (value === '') return false
      draft.addFile({ kind: name === 'env-file' ? 'env' : 'label', path: value, written })
      return true
    case 'publish': {
      const ports = readPorts(value)
      if (ports !== undefined && (ports === 'other' || !draft.addPorts(ports))) notTaken.push(written)
      return ports !== undefined
    }
    case 'volume':
    case 'mount':
    case 'tmpfs': {
      const read = { volume: readVolume, mount: readMount, tmpfs: readTmpfs }[name](value)
      if (read === 'other') notTaken.push(written)
      else if (read !== undefined) draft.addMount(read, written)
      return read !== undefined
    }
    case 'restart': {
      const restart = readRestart(value)
      if (restart !== undefined) spec.restart = restart
      return restart !== undefined
    }
    case 'cpus':
      return number((cpus) => (spec.cpus = cpus))
    case 'memory':
      return number((memory) => (spec.memory = memory), readSize(value))
    case 'pids-limit':
      return number((pids) => (spec.pids = pids), value === '-1' ? 0 : readNumber(value))
    case 'health-cmd':
      return applyHealthCommand(draft, value, gathered)
    case 'health-interval':
    case 'health-timeout':
    case 'health-start-period':
    case 'health-retries':
      gathered.healthFlags.push(used)
      return applyHealth(draft, [used])
    case 'network':
    case 'net':
      return applyNetwork(draft, value, written)
    case 'network-alias':
    case 'net-alias':
      gathered.networkFlags.push(used)
      gathered.aliases.push(value)
      return value !== ''
    case 'ip':
      gathered.networkFlags.push(used)
      gathered.ipv4 = value
      return true
    case 'ip6':
      gathered.networkFlags.push(used)
      gathered.ipv6 = value
      return true
    case 'add-host': {
      const host = readHost(value)
      if (host !== undefined) spec.extraHosts.push(host)
      return host !== undefined
    }
    case 'dns':
      spec.dns.push(value)
      return true
    case 'cap-add':
      spec.capAdd.push(...value.split(','))
      return true
    case 'cap-drop':
      spec.capDrop.push(...value.split(','))
      return true
    case 'device': {
      const device = readDevice(value)
      if (device !== undefined) spec.devices.push(device)
      else notTaken.push(written)
      return true
    }
    case 'log-driver':
      spec.logging.driver = value
      return true
    case 'log-opt': {
      const pair = readPair(value)
      if (pair.value !== undefined) spec.logging.options.push({ name: pair.name, value: pair.value })
      return pair.value !== undefined
    }
    default:
      // `--oom-kill-disable=false` changes nothing.
      if (used.flag.takesValue || isOn || name === 'sig-proxy') notTaken.push(written)
      return true
  }
}

/** The flags with the times may be before the command. */
function applyHealthCommand(draft: RequestDraft, command: string, { healthFlags }: Gathered): boolean {
  const { spec } = draft
  const times = { interval: 0, timeout: 0, startPeriod: 0, retries: 0 }
  spec.health = { ...times, ...spec.health, kind: 'command', command }
  return applyHealth(draft, healthFlags)
}

/** Puts the times of a health check into the specification, once its command is known. */
function applyHealth({ spec }: RequestDraft, flags: readonly UsedFlag[]): boolean {
  return flags.every(({ flag, value }) => {
    const number = flag.name === 'health-retries' ? readNumber(value) : readSeconds(value)
    if (number === undefined) return false
    if (spec.health.kind !== 'command') return true
    if (flag.name === 'health-retries') spec.health.retries = number
    else if (flag.name === 'health-interval') spec.health.interval = number
    else if (flag.name === 'health-timeout') spec.health.timeout = number
    else spec.health.startPeriod = number
    return true
  })
}

/** Reads a name, or `name=NAME,alias=ALIAS,ip=ADDRESS`. */
function applyNetwork({ spec, notTaken }: RequestDraft, value: string, written: string): boolean {
  const network = { network: value, aliases: [] as string[], ipv4: '', ipv6: '' }
  if (/^\w[\w-]*=/.test(value)) {
    network.network = ''
    const other: string[] = []
    for (const field of splitCsv(value)) {
      const { name, value: text = '' } = readPair(field)
      if (name === 'name') network.network = text
      else if (name === 'alias') network.aliases.push(text)
      else if (name === 'ip') network.ipv4 = text
      else if (name === 'ip6') network.ipv6 = text
      else other.push(field)
    }
    if (other.length > 0) notTaken.push(`${written} (${other.join(', ')})`)
  }
  if (network.network.startsWith('container:')) notTaken.push(written)
  else spec.networks.push({ ...network, network: network.network === 'default' ? 'bridge' : network.network })
  return network.network !== ''
}
