import { type Flag, type FlagName, longFlag, shortFlag } from './flags'
import { type ReadProblem, type ReadResult, RequestDraft } from './read-result'
import { asWritten, type PastedCommand, type PastedWord, readShellText } from './shell-text'
import {
  readDevice,
  readFlag,
  readHost,
  readMount,
  readNumber,
  readPair,
  readPorts,
  readRestart,
  readSeconds,
  readSize,
  readTmpfs,
  readVolume,
  splitCsv,
} from './values'

/** The flags of `docker` itself that have a value. */
const globalOptions = /^(?:--(?:context|host|config|log-level|tlscacert|tlscert|tlskey)|-c|-H|-l)$/
const programs = /(?:^|[\\/])(?:docker|podman|nerdctl)(?:\.exe)?$/

/** A flag with its value, and its place in the pasted text. */
interface UsedFlag {
  flag: Flag
  value: string
  /** As it is written, such as `--gpus all`. */
  written: string
  start: number
  end: number
}

interface Arguments {
  flags: UsedFlag[]
  image: PastedWord | undefined
  command: PastedWord[]
}

/**
 * Reads a `docker run` or `docker create` line with the rules of the Docker CLI. Also reads the lines of podman and
 * nerdctl, which have the same flags. `folder` is the folder of relative paths; empty if it is not known.
 */
export function readRunLine(text: string, folder: string): ReadResult {
  const read = readShellText(text)
  if ('problem' in read) return { ...read, subject: text.charAt(read.start) }
  if (read.commands.length === 0) return { problem: 'empty', subject: '', start: 0, end: 0 }
  const position = read.commands.findIndex(({ words }) => runArguments(words) !== undefined)
  const found = runArguments(read.commands[position]?.words ?? [])
  const [first] = read.commands[0]?.words ?? []
  if (found === undefined)
    return {
      problem: 'notRun',
      subject: asWritten(first?.text ?? ''),
      start: first?.start ?? 0,
      end: first?.end ?? 0,
    }
  const parsed = splitArguments(found.words, text)
  if ('problem' in parsed) return parsed
  if (parsed.image === undefined)
    return { problem: 'missingImage', subject: '', start: text.trimEnd().length, end: text.length }
  const draft = new RequestDraft(folder)
  const applied = applyFlags(draft, parsed.flags)
  if (applied !== undefined) return applied
  const { spec } = draft
  spec.image = draft.inFolder(parsed.image.text)
  spec.command = parsed.command.map((word) => draft.inFolder(word.text))
  draft.notTaken.unshift(...found.notTaken)
  draft.notTaken.push(...besides(read.commands, position, text))
  return draft.command(read.variables)
}

/** The most characters of another command in the list of what is not taken over. */
const shownLength = 200

/** Returns what a shell does with a run besides it: redirections, pipes, and further runs. */
function besides(commands: readonly PastedCommand[], position: number, text: string): string[] {
  const written = (words: readonly PastedWord[]) =>
    text.slice(words[0]?.start, words.at(-1)?.end).replaceAll(/\s+/g, ' ').slice(0, shownLength)
  const run = commands[position]
  const source = run?.isPiped === true ? commands[position - 1] : undefined
  const later = commands.slice(position + 1)
  const unpiped = later.findIndex(({ isPiped }) => !isPiped)
  const pipes = unpiped === -1 ? later : later.slice(0, unpiped)
  return [
    ...(source === undefined ? [] : [`${written(source.words)} |`]),
    ...(run?.words ?? []).filter(({ isRedirection }) => isRedirection === true).map((one) => written([one])),
    ...pipes.map(({ words }) => `| ${written(words)}`),
    ...later
      .slice(pipes.length)
      .filter(({ words }) => runArguments(words) !== undefined)
      .map(({ words }) => written(words)),
  ]
}

/** Finds `docker run`, `docker create` or `docker container run` in a command. Returns the words after it. */
function runArguments(
  written: readonly PastedWord[],
): { words: PastedWord[]; notTaken: string[] } | undefined {
  const words = written.filter(({ isRedirection }) => isRedirection !== true)
  let index = words.findIndex(({ text }) => programs.test(text))
  // Only a prompt, `sudo`, or the variables of a shell may be before the program.
  const isPrefix = ({ text }: PastedWord) => /^(?:[$#>%]|sudo|winpty|-\w+|\w+=.*)$|^PS$|>$/s.test(text)
  if (index === -1 || !words.slice(0, index).every(isPrefix)) return undefined
  const notTaken: string[] = []
  index++
  for (let word = words[index]?.text ?? ''; word.startsWith('-'); word = words[index]?.text ?? '') {
    const value = globalOptions.test(word) ? ` ${words[index + 1]?.text ?? ''}` : ''
    notTaken.push(asWritten(word + value))
    index += value === '' ? 1 : 2
  }
  if (words[index]?.text === 'container') index++
  const action = words[index]?.text
  return action === 'run' || action === 'create' ? { words: words.slice(index + 1), notTaken } : undefined
}

/** Splits the words into flags, image and command, as the Docker CLI does. */
function splitArguments(words: readonly PastedWord[], text: string): Arguments | ReadProblem {
  const flags: UsedFlag[] = []
  let index = 0
  for (let word = words[index]; word !== undefined; word = words[index]) {
    if (word.text === '--') {
      index++
      break
    }
    if (!word.text.startsWith('-') || word.text === '-') break
    index++
    const used = flagsIn(word)
    if ('problem' in used) return used
    flags.push(...used.flags)
    const open = used.open
    if (open === undefined) continue
    const value = words[index]
    if (value === undefined)
      return { problem: 'missingValue', subject: asWritten(word.text), start: word.start, end: word.end }
    index++
    flags.push({
      flag: open,
      value: value.text,
      written: text.slice(word.start, value.end).replaceAll(/\s+/g, ' '),
      start: word.start,
      end: value.end,
    })
  }
  return { flags, image: words[index], command: words.slice(index + 1) }
}

/** Reads `--flag`, `--flag=value`, `-f`, `-fvalue` or `-abc`. `open` is a flag whose value is the next word. */
function flagsIn(word: PastedWord): { flags: UsedFlag[]; open?: Flag } | ReadProblem {
  const { text, start, end } = word
  const unknown = (name: string): ReadProblem => ({
    problem: 'unknownFlag',
    subject: asWritten(name),
    start,
    end,
  })
  if (text.startsWith('--')) {
    const { name, value } = readPair(text.slice(2))
    const flag = longFlag(name)
    if (flag === undefined || name === 'help') return unknown(`--${name}`)
    if (value === undefined && flag.takesValue) return { flags: [], open: flag }
    return { flags: [{ flag, value: value ?? 'true', written: asWritten(text), start, end }] }
  }
  const flags: UsedFlag[] = []
  for (let index = 1; index < text.length; index++) {
    const letter = text.charAt(index)
    const flag = shortFlag(letter)
    if (flag === undefined) return unknown(`-${letter}`)
    const rest = text.slice(index + 1)
    if (flag.takesValue && rest === '') return { flags, open: flag }
    if (!flag.takesValue && !rest.startsWith('=')) {
      flags.push({ flag, value: 'true', written: `-${letter}`, start, end })
      continue
    }
    const written = asWritten(`-${letter}${rest}`)
    flags.push({ flag, value: rest.replace(/^=/, ''), written, start, end })
    break
  }
  return { flags }
}

/** The settings of a flag that concern several flags. */
interface Gathered {
  aliases: string[]
  ipv4: string
  ipv6: string
  /** The flags of the health check besides its command. */
  healthFlags: UsedFlag[]
  networkFlags: UsedFlag[]
}

function applyFlags(draft: RequestDraft, flags: readonly UsedFlag[]): ReadProblem | undefined {
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
  const number = (take: (found: number) => void, found = readNumber(value)): boolean => {
    if (found !== undefined) take(found)
    return found !== undefined
  }
  switch (name) {
    case 'detach':
    case 'quiet':
      return true
    case 'interactive':
      spec.openStdin = isOn
      return true
    case 'tty':
      spec.tty = isOn
      return true
    case 'rm':
      spec.autoRemove = isOn
      return true
    case 'read-only':
      spec.readOnlyRoot = isOn
      return true
    case 'init':
      spec.init = isOn
      return true
    case 'privileged':
      spec.privileged = isOn
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
    case 'name':
      spec.name = value
      return true
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
    case 'workdir':
      spec.workingDirectory = value
      return true
    case 'user':
      spec.user = value
      return true
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
      spec.health = {
        interval: 0,
        timeout: 0,
        startPeriod: 0,
        retries: 0,
        ...spec.health,
        kind: 'command',
        command: value,
      }
      return applyHealth(draft, gathered.healthFlags)
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
    case 'hostname':
      spec.hostname = value
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
    case 'platform':
      spec.platform = value
      return true
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
