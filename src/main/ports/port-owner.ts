import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Protocol } from '../../shared/ports'
import { type HostPort, runProgram } from '../lib'

/** The text for an owner that the system does not name, e.g. because the process belongs to another user. */
export const unknownOwner = 'another program'

/** A process of this computer. */
export interface ProcessOwner {
  pid: number
  name: string
}

type AnyPort = Omit<HostPort, 'protocol'> & { protocol: Protocol }

/** The most lookups of one round on macOS and Windows, where each lookup starts programs. */
const mostLookups = 8

/**
 * Finds the processes that have ports of this computer open. Make one instance for each round of lookups. On Linux, an
 * instance reads the open files of all processes only once.
 */
export class PortOwners {
  readonly #platform: NodeJS.Platform
  #lookups = 0
  #sockets: Promise<ReadonlyMap<string, number>> | undefined

  constructor(platform: NodeJS.Platform = process.platform) {
    this.#platform = platform
  }

  /** Returns the process that has the port open, e.g. `name (process 123)`. Never rejects. */
  async of(port: AnyPort): Promise<string> {
    const owner = await this.process(port)
    return owner === undefined ? unknownOwner : `${owner.name} (process ${owner.pid})`
  }

  /** Returns the process that has the port open. Undefined if the system does not name it. Never rejects. */
  async process({ protocol, ...where }: AnyPort): Promise<ProcessOwner | undefined> {
    if (protocol === 'sctp') return undefined
    return this.#find({ protocol, ...where }).catch(() => undefined)
  }

  async #find(port: HostPort): Promise<ProcessOwner | undefined> {
    if (this.#platform === 'linux') return this.#linuxOwner(port)
    this.#lookups++
    if (this.#lookups > mostLookups) return undefined
    if (this.#platform === 'darwin') return darwinOwner(port)
    return this.#platform === 'win32' ? windowsOwner(port) : undefined
  }

  async #linuxOwner({ protocol, hostPort, hostAddress }: HostPort): Promise<ProcessOwner | undefined> {
    const tables = await Promise.all(
      [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((file) =>
        readFile(file, 'utf8').catch(() => ''),
      ),
    )
    const inodes = tables.flatMap((table) => procNetInodes(table, hostPort, protocol, hostAddress))
    if (inodes.length === 0) return undefined
    this.#sockets ??= socketOwners()
    const sockets = await this.#sockets
    const pid = inodes.map((inode) => sockets.get(inode)).find((found) => found !== undefined)
    if (pid === undefined) return undefined
    const name = await readFile(`/proc/${pid}/comm`, 'utf8')
    return { pid, name: name.trim() }
  }
}

async function darwinOwner({ protocol, hostPort }: HostPort): Promise<ProcessOwner | undefined> {
  const listening = protocol === 'tcp' ? ['-sTCP:LISTEN'] : []
  const { stdout } = await runProgram('lsof', ['-nP', `-i${protocol}:${hostPort}`, ...listening, '-Fpc'])
  return lsofOwner(stdout)
}

async function windowsOwner({ protocol, hostPort }: HostPort): Promise<ProcessOwner | undefined> {
  const netstat = await runProgram('netstat', ['-ano', '-p', protocol])
  const pid = netstatPid(netstat.stdout, hostPort)
  if (pid === undefined) return undefined
  const tasks = await runProgram('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])
  const name = tasklistName(tasks.stdout)
  return name === undefined ? undefined : { pid, name }
}

/**
 * Maps socket inodes to process ids. Skips processes whose files cannot be read: they belong to other users or have
 * ended.
 */
async function socketOwners(): Promise<ReadonlyMap<string, number>> {
  const owners = new Map<string, number>()
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))
  await Promise.all(
    pids.map(async (pid) => {
      const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
      for (const file of files) {
        const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
        if (inode !== undefined) owners.set(inode, Number(pid))
      }
    }),
  )
  return owners
}

/**
 * Returns the inodes of the sockets that listen on `port` and so prevent another program from listening on `address`.
 * `table` is the content of /proc/net/tcp or /proc/net/udp (proc(5)). State 0A is LISTEN for TCP, 07 is unconnected for
 * UDP.
 */
export function procNetInodes(
  table: string,
  port: number,
  protocol: 'tcp' | 'udp',
  address = '0.0.0.0',
): string[] {
  const waiting = protocol === 'tcp' ? '0A' : '07'
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/)
    const colon = local.lastIndexOf(':')
    if (Number.parseInt(local.slice(colon + 1), 16) !== port || state !== waiting || inode === '0') return []
    return excludes(local.slice(0, colon), address) ? [inode] : []
  })
}

const mappedPrefix = '0000000000000000FFFF0000'

/** Whether a socket on `hex`, an address in the format of /proc/net, prevents a listener on `address`. */
function excludes(hex: string, address: string): boolean {
  // A socket on a wildcard counts for both families, because one on the IPv6 wildcard may also receive IPv4.
  if (/^0+$/.test(hex)) return true
  const isIpv4 = hex.length === 8 || hex.startsWith(mappedPrefix)
  if (address === '0.0.0.0') return isIpv4
  if (address.includes(':'))
    return !isIpv4 && (address === '::' || hex === '00000000000000000000000001000000')
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return isIpv4 && hex.endsWith(bytes.reverse().join('').toUpperCase())
}

/**
 * Finds the process in the output of `lsof -Fpc`. For each process, lsof prints the lines `p<pid>` and `c<command>`.
 */
export function lsofOwner(output: string): ProcessOwner | undefined {
  const lines = output.split('\n')
  const pid = lines.find((line) => line.startsWith('p'))?.slice(1)
  const name = lines.find((line) => line.startsWith('c'))?.slice(1)
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name }
}

/**
 * Finds the id of the process that listens on a port, in the output of Windows' `netstat -ano`. UDP lines have no state
 * column.
 */
export function netstatPid(output: string, port: number): number | undefined {
  for (const line of output.split(/\r?\n/)) {
    const [protocol, local = '', foreign = '', ...rest] = line.trim().split(/\s+/)
    const waits = protocol === 'UDP' || foreign.endsWith(':0')
    if (waits && local.endsWith(`:${port}`)) return Number(rest.at(-1))
  }
  return undefined
}

/** Finds the program's name in the output of `tasklist /FO CSV /NH`: `"name.exe","123",…`. */
export function tasklistName(output: string): string | undefined {
  return /^"([^"]+)","[0-9]+"/m.exec(output)?.[1]
}
