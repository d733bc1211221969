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
 * A command that reads the machine's listening sockets for each line of its input. If the sockets have changed, the
 * command prints all of them, then a line with a dot. The command is a single awk process. Under emulation, starting
 * `ss` once a second would cost too much. proc(5) describes the columns. Column 2 is the local address and column 10
 * the inode. Column 4 is the state: 0A is LISTEN for TCP, 07 is unconnected for UDP.
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

/**
 * Returns a command that prints `<container> <inode>` for every socket that a process of these containers has open. A
 * container's cgroup has the container's id as its name, in any parent (`--cgroup-parent`).
 */
export function socketOwnersCommand(containerIds: readonly string[]): string {
  return `groups=$(find /sys/fs/cgroup -name cgroup.procs)
for id in ${containerIds.join(' ')}; do
  processes=$(echo "$groups" | grep "/$id/" | xargs -r cat | sed 's|.*|/proc/&/fd|')
  ls -l $processes | sed -n "s/.*socket:\\[\\([0-9]*\\)\\]$/$id \\1/p"
done 2>/dev/null`
}

/** Parses one block of the output of {@link watchSocketsCommand}, without the final dot. */
export function parseSockets(block: string): GuestSocket[] {
  return block.split('\n').flatMap((line) => {
    const [protocol, local = '', inode = ''] = line.split(' ')
    if (protocol !== 'tcp' && protocol !== 'udp') return []
    const [address = '', port = ''] = local.split(':')
    return [{ protocol, address, port: Number.parseInt(port, 16), inode }]
  })
}

/** Parses the output of {@link socketOwnersCommand}. Returns a map from inode to container id. */
export function parseOwners(output: string): Map<string, string> {
  return new Map(
    output.split('\n').flatMap((line): [string, string][] => {
      const [containerId, inode] = line.split(' ')
      return containerId && inode ? [[inode, containerId]] : []
    }),
  )
}

/**
 * Linux assigns these ports to UDP clients (net.ipv4.ip_local_port_range in vm-assets/rootfs/etc/sysctl.conf). A server
 * may also choose one of these ports: many games do.
 */
const clientPorts = { first: 16_384, last: 32_767 }

/** Whether a socket may belong to a UDP client. A client's socket waits for answers and serves nobody. */
export function mayBeClient({ protocol, port }: GuestSocket): boolean {
  return protocol === 'udp' && port >= clientPorts.first && port <= clientPorts.last
}

const anyIpv6 = '0'.repeat(32)
const loopbackIpv6 = '00000000000000000000000001000000'

/**
 * Returns a command that prints `PROTOCOL PORT` for each of these sockets that receives nothing over IPv4. The caller
 * passes only sockets on the IPv6 wildcard `::`, because /proc/net does not show their IPV6_V6ONLY option.
 */
export function ipv6OnlyCommand(sockets: readonly GuestSocket[]): string {
  const ports = (protocol: GuestSocket['protocol']) =>
    sockets.filter((socket) => socket.protocol === protocol).map(({ port }) => port)
  return (['tcp', 'udp'] as const)
    .filter((protocol) => ports(protocol).length > 0)
    .map(
      (protocol) =>
        `/usr/lib/berth/ipv6-bridge free ${protocol} ${ports(protocol).join(' ')} | sed 's/^/${protocol} /'`,
    )
    .join('; ')
}

export function isOnAnyIpv6({ address }: GuestSocket): boolean {
  return address === anyIpv6
}

/** Returns the key of a socket, e.g. `tcp 8080`. {@link ipv6OnlyCommand} prints the same keys. */
export function socketKey({ protocol, port }: GuestSocket): string {
  return `${protocol} ${String(port)}`
}

/**
 * Returns the bindings that lead from the host to a container's sockets. `ipv6Only` contains the keys of the sockets on
 * `::` that receive nothing over IPv4. A socket that the machine's network card reaches serves both loopback addresses
 * of the host. So the binding of that socket replaces all other bindings of the same port. A socket that programs on
 * the host cannot reach has no binding.
 */
export function socketBindings(
  sockets: readonly GuestSocket[],
  ipv6Only: ReadonlySet<string>,
): PortBinding[] {
  const hostIps = new Map<string, Set<string>>()
  for (const socket of sockets) {
    const hostIp = hostIpOf(socket, ipv6Only)
    if (hostIp === undefined) continue
    const key = socketKey(socket)
    hostIps.set(key, (hostIps.get(key) ?? new Set()).add(hostIp))
  }
  return [...hostIps].flatMap(([key, found]) => {
    const [protocol, port] = key.split(' ')
    const common = {
      hostPort: Number(port),
      containerPort: Number(port),
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
    } as const
    return (found.has('') ? [''] : [...found].sort()).map((hostIp) => ({ hostIp, ...common }))
  })
}

/**
 * Returns the host address from which `portTarget` derives the route to a socket. The address is empty for a socket
 * that the machine's network card reaches. /proc/net shows the bytes of an IPv4 address in reverse, because both
 * architectures of the machine are little-endian.
 */
function hostIpOf(socket: GuestSocket, ipv6Only: ReadonlySet<string>): string | undefined {
  const { address } = socket
  if (isOnAnyIpv6(socket)) return ipv6Only.has(socketKey(socket)) ? '::1' : ''
  if (address === loopbackIpv6) return '::1'
  const [, hex] = /^(?:0000000000000000FFFF0000)?([0-9A-F]{8})$/.exec(address) ?? []
  if (hex === undefined) return undefined
  const ipv4 = [...Buffer.from(hex, 'hex')].reverse().join('.')
  if (ipv4 === '0.0.0.0' || ipv4 === guestNetwork.guest) return ''
  return ipv4.startsWith('127.') ? ipv4 : undefined
}
