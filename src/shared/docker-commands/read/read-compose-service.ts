import { addressPrefix } from '../../port-addresses'
import { joinShellWords, splitShellWords } from '../../shell-words'
import { findServices } from './compose-services'
import { type ComposeMap, filledText, interpolated, mapOf, textOf, writtenAs } from './compose-values'
import { type ReadMount, readVolume } from './mounts'
import type { ReadResult } from './read-result'
import { RequestDraft } from './request-draft'
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

/** The keys whose value is one text, and their fields of the form. */
const texts: ReadonlyMap<string, 'image' | 'name' | 'workingDirectory' | 'user' | 'hostname' | 'platform'> =
  new Map([
    ['image', 'image'],
    ['container_name', 'name'],
    ['working_dir', 'workingDirectory'],
    ['user', 'user'],
    ['hostname', 'hostname'],
    ['platform', 'platform'],
  ])

/** The keys whose value is true or false, and their fields of the form. */
const switches: ReadonlyMap<string, 'tty' | 'openStdin' | 'readOnlyRoot' | 'init' | 'privileged'> = new Map([
  ['tty', 'tty'],
  ['stdin_open', 'openStdin'],
  ['read_only', 'readOnlyRoot'],
  ['init', 'init'],
  ['privileged', 'privileged'],
])

/**
 * Reads a service of a pasted compose file. `folder` is the folder of the file; empty if it is not known. A variable
 * has its default, or stays as it is written.
 */
export function readComposeService(text: string, service: string, folder: string): ReadResult {
  const found = findServices(text)
  if ('problem' in found) return found
  const variables = new Set<string>()
  const values = mapOf(interpolated(found.services.get(service), variables))
  const place = { start: 0, end: text.length }
  if (!values.has('image'))
    return { problem: values.has('build') ? 'onlyBuild' : 'missingImage', subject: service, ...place }
  const draft = new RequestDraft(folder)
  const reader = new ServiceReader(draft, mapOf(interpolated(found.file, variables)))
  for (const [key, value] of values) reader.read(key, value)
  return draft.command([...variables])
}

/** Puts the keys of one service into the draft. */
class ServiceReader {
  readonly #draft: RequestDraft
  readonly #wholeFile: ComposeMap

  constructor(draft: RequestDraft, file: ComposeMap) {
    this.#draft = draft
    this.#wholeFile = file
  }

  read(key: string, value: unknown): void {
    if (!this.#take(key, value)) this.#draft.notTaken.push(key)
  }

  /** Returns false if the form cannot hold the key. */
  #take(key: string, value: unknown): boolean {
    const { spec } = this.#draft
    const text = textOf(value)
    const textField = texts.get(key)
    if (textField !== undefined) {
      if (text !== undefined) spec[textField] = text
      return text !== undefined
    }
    const switchField = switches.get(key)
    if (switchField !== undefined) return this.#flag(value, (isOn) => (spec[switchField] = isOn))
    switch (key) {
      case 'command':
        return this.#words(value, (words) => (spec.command = words))
      case 'entrypoint':
        return this.#words(value, (words) => (spec.entrypoint = words))
      case 'environment':
        return this.#pairs(key, value, 'environment')
      case 'labels':
        return this.#pairs(key, value, 'labels')
      case 'env_file':
        return this.#list(key, value, (entry) => this.#variablesFile(entry))
      case 'ports':
        return this.#list(key, value, (entry) => this.#port(entry))
      case 'volumes':
        return this.#list(key, value, (entry) => this.#mount(entry))
      case 'tmpfs':
        return this.#list(key, value, (entry) => this.#folderInMemory(entry))
      case 'pid':
        spec.hostPid = text === 'host'
        return text === 'host' || text === ''
      case 'restart': {
        const restart = readRestart(text ?? '')
        if (restart !== undefined) spec.restart = restart
        return restart !== undefined
      }
      case 'cpus':
        return this.#number(value, (cpus) => (spec.cpus = cpus))
      case 'mem_limit':
        return this.#size(value, (memory) => (spec.memory = memory))
      case 'pids_limit':
        return this.#number(text === '-1' ? 0 : value, (pids) => (spec.pids = pids))
      case 'deploy':
        return this.#deploy(mapOf(value))
      case 'healthcheck':
        return this.#health(mapOf(value))
      case 'networks':
        return this.#networks(value)
      case 'network_mode':
        return this.#networkMode(text ?? '')
      case 'extra_hosts':
        return this.#hosts(value)
      case 'dns':
        return this.#texts(key, value, spec.dns)
      case 'cap_add':
        return this.#texts(key, value, spec.capAdd)
      case 'cap_drop':
        return this.#texts(key, value, spec.capDrop)
      case 'devices':
        return this.#list(key, value, (entry) => {
          const device = readDevice(textOf(entry) ?? '')
          if (device !== undefined) spec.devices.push(device)
          return device !== undefined
        })
      case 'logging':
        return this.#logging(mapOf(value))
      default:
        return false
    }
  }

  /** Compose also accepts a text, such as the default of a variable. */
  #flag(value: unknown, take: (isOn: boolean) => void): boolean {
    const text = (textOf(value) ?? '').toLowerCase()
    const isOn = /^(?:y|yes|on)$/.test(text) || (/^(?:n|no|off)$/.test(text) ? false : readFlag(text))
    if (isOn !== undefined) take(isOn)
    return isOn !== undefined
  }

  #number(value: unknown, take: (number: number) => void): boolean {
    const number = Number(textOf(value) ?? Number.NaN)
    if (!Number.isNaN(number)) take(number)
    return !Number.isNaN(number)
  }

  #size(value: unknown, take: (bytes: number) => void): boolean {
    const bytes = readSize(textOf(value) ?? '')
    if (bytes !== undefined) take(bytes)
    return bytes !== undefined
  }

  /** A command is a list, or one text that is split as in a shell. */
  #words(value: unknown, take: (words: string[]) => void): boolean {
    if (value === null) return true
    const split = Array.isArray(value)
      ? { words: value.map((word) => textOf(word) ?? '') }
      : splitShellWords(textOf(value) ?? '')
    if (!('words' in split)) return false
    take(split.words)
    // Without words, compose removes the words of the image. The form cannot.
    return split.words.length > 0
  }

  /** Names the entries of a list that the form cannot hold. A single text is a list of one entry. */
  #list(key: string, value: unknown, take: (entry: unknown) => boolean): boolean {
    for (const entry of Array.isArray(value) ? (value as unknown[]) : [value])
      if (!take(entry)) this.#draft.notTaken.push(`${key}: ${writtenAs(entry)}`)
    return true
  }

  #texts(key: string, value: unknown, into: string[]): boolean {
    return this.#list(key, value, (entry) => {
      into.push(textOf(entry) ?? '')
      return true
    })
  }

  /** Reads a map, or a list of `NAME=VALUE`. */
  #pairs(key: string, value: unknown, field: 'environment' | 'labels'): boolean {
    const rows = Array.isArray(value)
      ? value.map((entry) => readPair(textOf(entry) ?? ''))
      : [...mapOf(value)].map(([name, one]) => ({
          name,
          value: one === null ? undefined : (textOf(one) ?? ''),
        }))
    for (const row of rows)
      if (row.value === undefined && field === 'environment') this.#draft.notTaken.push(`${key}: ${row.name}`)
      else this.#draft.setPair(field, row.name, row.value ?? '')
    return true
  }

  #variablesFile(entry: unknown): boolean {
    const path = textOf(entry) ?? textOf(mapOf(entry).get('path'))
    if (path === undefined) return false
    const kind = mapOf(entry).get('format') === 'raw' ? 'env' : 'dotenv'
    this.#draft.addFile({ kind, path, written: `env_file: ${path}` })
    return true
  }

  #port(entry: unknown): boolean {
    const long = mapOf(entry)
    const target = textOf(long.get('target'))
    const address = addressPrefix(textOf(long.get('host_ip')) ?? '')
    const published = textOf(long.get('published')) ?? ''
    const protocol = filledText(long.get('protocol'), 'tcp')
    const text =
      target === undefined || target === ''
        ? (textOf(entry) ?? '')
        : `${address}${published === '' && address === '' ? '' : `${published}:`}${target}/${protocol}`
    const ports = readPorts(text)
    return ports !== undefined && ports !== 'other' && this.#draft.addPorts(ports)
  }

  #mount(entry: unknown): boolean {
    const text = textOf(entry)
    if (text !== undefined) {
      const read = readVolume(text)
      if (read === undefined) return false
      this.#draft.addMount(this.#named(read), `volumes: ${text}`)
      return true
    }
    const long = mapOf(entry)
    const kind = textOf(long.get('type')) ?? ''
    const path = textOf(long.get('target')) ?? ''
    if ((kind !== 'volume' && kind !== 'bind' && kind !== 'tmpfs') || path === '') return false
    const known = ['type', 'source', 'target', 'read_only', ...(kind === 'tmpfs' ? ['tmpfs'] : [])]
    const other = [...long.keys()].filter((key) => !known.includes(key))
    const inMemory = mapOf(long.get('tmpfs'))
    other.push(...[...inMemory.keys()].filter((key) => key !== 'size').map((key) => `tmpfs.${key}`))
    const size = readSize(filledText(inMemory.get('size'), '0'))
    const mount = {
      kind,
      source: textOf(long.get('source')) ?? '',
      path,
      readOnly: readFlag(textOf(long.get('read_only')) ?? '') === true,
      size: size ?? 0,
    } as const
    this.#draft.addMount(this.#named({ mount, other }), `volumes: ${path}`)
    return true
  }

  #folderInMemory(entry: unknown): boolean {
    const [, path = '', size] = /^(\/[^:]*)(?::size=(\w+))?$/.exec(textOf(entry) ?? '') ?? []
    const bytes = size === undefined ? 0 : readSize(size)
    if (path === '' || bytes === undefined) return false
    this.#draft.spec.tmpfs.push({ path, size: bytes })
    return true
  }

  /** Replaces the key of a volume by the volume's own name, if the file has one. */
  #named(read: ReadMount): ReadMount {
    const { mount } = read
    if (mount.kind !== 'volume' || mount.source === '') return read
    return { ...read, mount: { ...mount, source: this.#ownName('volumes', mount.source) } }
  }

  #ownName(kind: 'volumes' | 'networks', key: string): string {
    return filledText(mapOf(mapOf(this.#wholeFile.get(kind)).get(key)).get('name'), key)
  }

  #deploy(deploy: ComposeMap): boolean {
    const { spec, notTaken } = this.#draft
    const resources = mapOf(deploy.get('resources'))
    for (const key of deploy.keys()) if (key !== 'resources') notTaken.push(`deploy.${key}`)
    for (const key of resources.keys()) if (key !== 'limits') notTaken.push(`deploy.resources.${key}`)
    for (const [key, value] of mapOf(resources.get('limits'))) {
      const isTaken =
        key === 'cpus'
          ? this.#number(value, (cpus) => (spec.cpus = cpus))
          : key === 'memory'
            ? this.#size(value, (memory) => (spec.memory = memory))
            : key === 'pids' && this.#number(value, (pids) => (spec.pids = pids))
      if (!isTaken) notTaken.push(`deploy.resources.limits.${key}`)
    }
    return true
  }

  #health(check: ComposeMap): boolean {
    const { spec, notTaken } = this.#draft
    const test = check.get('test')
    const words = Array.isArray(test)
      ? test.map((word) => textOf(word) ?? '')
      : ['CMD-SHELL', textOf(test) ?? '']
    const [kind = '', ...rest] = words
    if (readFlag(textOf(check.get('disable')) ?? '') === true || kind === 'NONE') {
      spec.health = { kind: 'none' }
      return true
    }
    if (test === undefined || !['CMD', 'CMD-SHELL'].includes(kind)) return false
    const known = <T>(key: string, read: (text: string) => T | undefined, otherwise: T): T => {
      const found = read(filledText(check.get(key), '0'))
      if (found === undefined) notTaken.push(`healthcheck.${key}`)
      return found ?? otherwise
    }
    const seconds = (key: string) => known(key, readSeconds, 0)
    spec.health = {
      kind: 'command',
      command: kind === 'CMD' ? joinShellWords(rest) : rest.join(' '),
      interval: seconds('interval'),
      timeout: seconds('timeout'),
      startPeriod: seconds('start_period'),
      retries: known('retries', readNumber, 0),
    }
    for (const key of check.keys())
      if (!['test', 'interval', 'timeout', 'start_period', 'retries', 'disable'].includes(key))
        notTaken.push(`healthcheck.${key}`)
    return true
  }

  #networks(value: unknown): boolean {
    const { spec, notTaken } = this.#draft
    const written: [string, unknown][] = Array.isArray(value)
      ? value.map((name) => [textOf(name) ?? '', null])
      : [...mapOf(value)]
    const priority = (options: unknown) => Number(filledText(mapOf(options).get('priority'), '0'))
    // The first network is the container's main one.
    const entries = [...written].sort(([, a], [, b]) => priority(b) - priority(a))
    for (const [key, options] of entries) {
      const known = mapOf(options)
      const aliases = known.get('aliases')
      for (const option of known.keys())
        if (!['aliases', 'ipv4_address', 'ipv6_address', 'priority'].includes(option))
          notTaken.push(`networks.${key}.${option}`)
      // The network of the project exists only in a project.
      if (key === 'default' && !mapOf(this.#wholeFile.get('networks')).has('default')) continue
      spec.networks.push({
        network: this.#ownName('networks', key),
        aliases: Array.isArray(aliases) ? aliases.map((alias) => textOf(alias) ?? '') : [],
        ipv4: textOf(known.get('ipv4_address')) ?? '',
        ipv6: textOf(known.get('ipv6_address')) ?? '',
      })
    }
    return true
  }

  #networkMode(mode: string): boolean {
    if (/^(?:service|container):/.test(mode) || mode === '') return false
    if (mode !== 'bridge' && mode !== 'default')
      this.#draft.spec.networks.push({ network: mode, aliases: [], ipv4: '', ipv6: '' })
    return true
  }

  #hosts(value: unknown): boolean {
    const { spec } = this.#draft
    if (value instanceof Map) {
      for (const [name, address] of mapOf(value))
        spec.extraHosts.push({ name, address: textOf(address) ?? '' })
      return true
    }
    return this.#list('extra_hosts', value, (entry) => {
      const host = readHost(textOf(entry) ?? '')
      if (host !== undefined) spec.extraHosts.push(host)
      return host !== undefined
    })
  }

  #logging(logging: ComposeMap): boolean {
    const { spec } = this.#draft
    spec.logging = {
      driver: textOf(logging.get('driver')) ?? '',
      options: [...mapOf(logging.get('options'))].map(([name, value]) => ({
        name,
        value: textOf(value) ?? '',
      })),
    }
    return true
  }
}
