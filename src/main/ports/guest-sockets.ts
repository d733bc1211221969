import type { PortBinding } from '../../shared/ports'
import { guestNetwork } from '../lib'

/** A socket of the machine that receives connections or datagrams. */
export interface GuestSocket {
  protocol: 'tcp' | 'udp'
  /** In the format of /proc/net: hexadecimal, in the machine's byte order. */
  address: string
  port: number
  /** Unique while the socket is open. */
  inode: string
}

/**
 * For every line of its input, reads the machine's listening sockets. Prints them if they have changed, then a line
 * with a dot. It is one process that starts no other: under emulation, one `ss` a second would cost too much.
 * The columns are those of proc(5): the state (0A is TCP's LISTEN, 07 UDP's unconnected), the local address, the inode.
 */
export const watchSocketsCommand = `awk '
function read(file, state, protocol,   line, field) {
  while ((getline line < file) > 0) {
    split(line, field, " ")
    if (field[4] == state) found = found protocol " " field[2] " " field[10] "\\n"
  }
  close(file)
}
BEGIN { last = "?" }
{
  found = ""
  read("/proc/net/tcp", "0A", "tcp"); read("/proc/net/tcp6", "0A", "tcp")
  read("/proc/net/udp", "07", "udp"); read("/proc/net/udp6", "07", "udp")
  if (found != last) { print found "."; fflush() }
  last = found
}'`

/** Prints `<container> <inode>` for every socket that a process of these containers has open. */
export function socketOwnersCommand(containerIds: readonly string[]): string {
  return `for id in ${containerIds.join(' ')}; do
  processes=$(find /sys/fs/cgroup/docker/$id -name cgroup.procs -exec cat {} + | sed 's|.*|/proc/&/fd|')
  ls -l $processes | sed -n "s/.*socket:\\[\\([0-9]*\\)\\]$/$id \\1/p"
done 2>/dev/null`
}

/** Parses a block that {@link watchSocketsCommand} prints, without its dot. */
export function parseSockets(block: string): GuestSocket[] {
  return block.split('\n').flatMap((line) => {
    const [protocol, local = '', inode = ''] = line.split(' ')
    if (protocol !== 'tcp' && protocol !== 'udp') return []
    const [address = '', port = ''] = local.split(':')
    return [{ protocol, address, port: Number.parseInt(port, 16), inode }]
  })
}

/** Parses the output of {@link socketOwnersCommand} as inode → container. */
export function parseOwners(output: string): Map<string, string> {
  return new Map(
    output.split('\n').flatMap((line): [string, string][] => {
      const [containerId, inode] = line.split(' ')
      return containerId && inode ? [[inode, containerId]] : []
    }),
  )
}

/** Linux assigns ports from here on to UDP clients (net.ipv4.ip_local_port_range); a server has a lower one. */
const firstEphemeralPort = 32_768

/** The machine's own address in the format of /proc/net: its bytes in reverse order. */
const guestAddress = Buffer.from(guestNetwork.guest.split('.').map(Number))
  .reverse()
  .toString('hex')
  .toUpperCase()

/** The binding that leads from the host to a socket; undefined if the socket is not for other programs. */
export function socketBinding({ protocol, address, port }: GuestSocket): PortBinding | undefined {
  if (protocol === 'udp' && port >= firstEphemeralPort) return undefined
  const hostIp = reachableAt(address)
  if (hostIp === undefined || (protocol === 'udp' && hostIp !== '')) return undefined
  return { hostIp, hostPort: port, containerPort: port, protocol }
}

/**
 * The host address with which `portTarget` finds the route to a socket. It is empty for a socket that the machine's
 * network card reaches. Both architectures of the machine are little-endian.
 */
function reachableAt(hex: string): string | undefined {
  if (/^0+$/.test(hex) || hex === guestAddress) return ''
  if (hex === '00000000000000000000000001000000') return '::1'
  return /^(?:0000000000000000FFFF0000)?[0-9A-F]{6}7F$/.test(hex) ? '127.0.0.1' : undefined
}
