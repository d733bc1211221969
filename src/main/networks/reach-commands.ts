import { parseAddress } from '../../shared/ip-ranges'
import type { ReachStep } from '../../shared/reach'
import { procNetAddress, shellCommand } from '../lib'

/*
 * The commands run in the machine, with busybox. `nsenter` gives them the network of a container and leaves them the
 * machine's files, so they work for containers without any tools.
 */

/** Seconds that one attempt to connect or to ping may take. */
const connectSeconds = 4
/** Seconds that one name server may take to answer. */
const lookupSeconds = 5
/** The largest part of a container's hosts file that Berth reads, in bytes. */
const fileBytes = 262_144
const separator = '\u001e'

export type ConnectOutcome = Extract<ReachStep, { step: 'connect' }>['outcome']

function inNetworkOf(pid: number, words: readonly string[]): string {
  return shellCommand(['nsenter', '-t', String(pid), '-n', ...words])
}

/** Prints the container's own hosts and resolv.conf files, which the engine keeps outside the container. */
export function nameFilesCommand({ hosts, resolv }: { hosts: string; resolv: string }): string {
  const print = (file: string) => shellCommand(['head', '-c', String(fileBytes), file])
  return `${print(hosts)}; printf '\\036'; ${print(resolv)}`
}

export interface NameFiles {
  /** The addresses of each name in the hosts file. The names are in lower case. */
  hosts: Map<string, string[]>
  nameServers: string[]
  searchDomains: string[]
}

/** Parses the output of {@link nameFilesCommand}. */
export function parseNameFiles(output: string): NameFiles {
  const [hostsText = '', resolvText = ''] = output.split(separator)
  const hosts = new Map<string, string[]>()
  for (const [address = '', ...names] of fields(hostsText)) {
    if (parseAddress(address) === undefined) continue
    for (const name of names)
      hosts.set(name.toLowerCase(), [...(hosts.get(name.toLowerCase()) ?? []), address])
  }
  const values = (option: string) =>
    fields(resolvText).flatMap(([name, ...rest]) => (name === option ? rest : []))
  return {
    hosts,
    nameServers: values('nameserver').filter((address) => parseAddress(address) !== undefined),
    searchDomains: values('search').filter((domain) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(domain)),
  }
}

/** Splits each line into its words, without comments. */
function fields(text: string): string[][] {
  return text.split('\n').flatMap((line) => {
    const words = line.replace(/[#;].*/, '').split(/\s+/)
    return words.filter((word) => word !== '').length === 0 ? [] : [words.filter((word) => word !== '')]
  })
}

export function lookupCommand(pid: number, name: string, server: string): string {
  return inNetworkOf(pid, ['timeout', String(lookupSeconds), 'nslookup', name, server])
}

/** Parses the output of {@link lookupCommand}. The addresses of IPv4 come first. */
export function parseLookup({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): {
  outcome: Extract<ReachStep, { step: 'resolve' }>['outcome']
  addresses: string[]
} {
  const lines = stdout.split('\n')
  // The first lines name the server and its address.
  const answers = lines.slice(
    Math.max(
      0,
      lines.findIndex((line) => line.startsWith('Name:')),
    ),
  )
  const found = answers.flatMap((line) => {
    const address = /^Address(?: \d+)?:\s*(\S+)/.exec(line)?.[1] ?? ''
    return parseAddress(address) === undefined ? [] : [address]
  })
  const named = lines.some((line) => line.startsWith('Name:'))
  if (named && found.length > 0) {
    const addresses = [...new Set(found)]
    return { outcome: 'found', addresses: addresses.sort((a, b) => family(a) - family(b)) }
  }
  // busybox reports NXDOMAIN on standard output or standard error, depending on its version.
  const missing = /can't find|NXDOMAIN|No answer/i.test(stdout + stderr)
  return { outcome: code === 0 || missing ? 'not-found' : 'no-answer', addresses: [] }
}

function family(address: string): number {
  return address.includes(':') ? 6 : 4
}

/** Connects to a TCP port and closes the connection again; pings the address if the port is null. */
export function connectCommand(pid: number, address: string, port: number | null): string {
  const seconds = String(connectSeconds)
  if (port === null)
    return inNetworkOf(pid, [address.includes(':') ? 'ping6' : 'ping', '-c', '1', '-W', seconds, address])
  // `-e true`: as soon as nc is connected, it becomes the program `true`, which ends.
  return inNetworkOf(pid, ['nc', '-w', seconds, address, String(port), '-e', 'true'])
}

/** Reads the outcome from the messages of busybox (libbb/xconnect.c, networking/nc.c, networking/ping.c). */
export function connectOutcome({ code, stderr }: { code: number; stderr: string }): ConnectOutcome {
  if (code === 0) return 'reached'
  if (/refused/i.test(stderr)) return 'refused'
  if (/unreachable|no route|not permitted|Cannot assign|Permission denied/i.test(stderr)) return 'unreachable'
  return 'timeout'
}

/** Prints the TCP sockets in the network of a container. */
export function socketsCommand(pid: number): string {
  return `cat /proc/${String(pid)}/net/tcp /proc/${String(pid)}/net/tcp6`
}

export interface ListeningSocket {
  address: string
  port: number
}

/** Parses the output of {@link socketsCommand}: the listening sockets (state 0A, see proc(5)). */
export function parseListening(output: string): ListeningSocket[] {
  return output.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    const [hex = '', port = ''] = local.split(':')
    if (state !== '0A' || !/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return []
    return [{ address: procNetAddress(hex), port: Number.parseInt(port, 16) }]
  })
}
