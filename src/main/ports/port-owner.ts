import { readdir, readFile, readlink } from 'node:fs/promises'
import { execa } from 'execa'
import type { Protocol } from '../../shared/ports'

/** What is said when the system does not tell, e.g. for a process of another user. */
export const unknownOwner = 'another program'

export interface ProcessOwner {
  pid: number
  name: string
}

/** Which process of this computer has a port open, as `name (process 123)`; never fails. */
export async function portOwner(
  port: number,
  protocol: Protocol,
  platform = process.platform,
): Promise<string> {
  if (protocol === 'sctp') return unknownOwner
  try {
    const owner = await find(port, protocol, platform)
    return owner === undefined ? unknownOwner : `${owner.name} (process ${owner.pid})`
  } catch {
    return unknownOwner
  }
}

async function find(
  port: number,
  protocol: 'tcp' | 'udp',
  platform: NodeJS.Platform,
): Promise<ProcessOwner | undefined> {
  switch (platform) {
    case 'linux':
      return linuxOwner(port, protocol)
    case 'darwin': {
      const listening = protocol === 'tcp' ? ['-sTCP:LISTEN'] : []
      const { stdout } = await execa('lsof', ['-nP', `-i${protocol}:${port}`, ...listening, '-Fpc'])
      return lsofOwner(stdout)
    }
    case 'win32': {
      const netstat = await execa('netstat', ['-ano', '-p', protocol])
      const pid = netstatPid(netstat.stdout, port)
      if (pid === undefined) return undefined
      const tasks = await execa('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])
      const name = tasklistName(tasks.stdout)
      return name === undefined ? undefined : { pid, name }
    }
    default:
      return undefined
  }
}

async function linuxOwner(port: number, protocol: 'tcp' | 'udp'): Promise<ProcessOwner | undefined> {
  const tables = await Promise.all(
    [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const inodes = tables.flatMap((table) => procNetInodes(table, port, protocol))
  if (inodes.length === 0) return undefined
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`))
  for (const pid of (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
    if (!(await hasSocket(pid, links))) continue
    const name = await readFile(`/proc/${pid}/comm`, 'utf8')
    return { pid: Number(pid), name: name.trim() }
  }
  return undefined
}

async function hasSocket(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  // Another user's process does not show its files, and one that ended has none.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')))
  return targets.some((target) => links.has(target))
}

/** Of /proc/net/tcp and udp (proc(5)): the sockets that wait on a port. TCP state 0A is LISTEN, UDP's 07 unconnected. */
export function procNetInodes(table: string, port: number, protocol: 'tcp' | 'udp'): string[] {
  const waiting = protocol === 'tcp' ? '0A' : '07'
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/)
    const localPort = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)
    return localPort === port && state === waiting && inode !== '0' ? [inode] : []
  })
}

/** Of `lsof -Fpc`: a line `p<pid>` and a line `c<command>` for each process. */
export function lsofOwner(output: string): ProcessOwner | undefined {
  const lines = output.split('\n')
  const pid = lines.find((line) => line.startsWith('p'))?.slice(1)
  const name = lines.find((line) => line.startsWith('c'))?.slice(1)
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name }
}

/** Of Windows' `netstat -ano`: the process that listens on a port; UDP lines have no state column. */
export function netstatPid(output: string, port: number): number | undefined {
  for (const line of output.split(/\r?\n/)) {
    const [protocol, local = '', foreign = '', ...rest] = line.trim().split(/\s+/)
    const waits = protocol === 'UDP' || foreign.endsWith(':0')
    if (waits && local.endsWith(`:${port}`)) return Number(rest.at(-1))
  }
  return undefined
}

/** Of `tasklist /FO CSV /NH`: `"name.exe","123",…`. */
export function tasklistName(output: string): string | undefined {
  return /^"([^"]+)","[0-9]+"/m.exec(output)?.[1]
}
