import type { Protocol } from '../../shared/ports'
import { shellQuoted } from '../lib'

/**
 * The longest command line that Berth reads, in bytes. Texts of containers are base64, so they cannot pretend to be
 * lines of the output.
 */
const commandBytes = 512

/** Berth looks at this many processes that have a socket open, in the order of their numbers. */
const mostOwners = 50

export interface PathQuestion {
  /** The container's first process, in the machine. */
  pid: number
  /** Undefined without a port. */
  port: { hostPort: number; containerPort: number; protocol: Protocol } | undefined
}

/**
 * A command that prints what lies between the machine's network card and a process of a container. Everything comes
 * from the kernel. Nothing runs in the container: `nsenter` joins only its network, and the programs are the machine's.
 */
export function pathCommand({ pid, port }: PathQuestion): string {
  const listening =
    port === undefined
      ? ''
      : listeningCommand(port.containerPort, port.protocol === 'udp' ? 'udp' : 'tcp') +
        translationCommand(port.hostPort)
  return `p=${String(pid)}
describe() {
  echo "process $1 $(awk '/^NSpid:/ { print $NF }' /proc/$1/status) $(head -c ${String(commandBytes)} /proc/$1/cmdline | base64 -w 0) $2 $3"
}
net=$(readlink /proc/$p/ns/net) || exit
echo "netns $net $(readlink /proc/1/ns/net)"
inside=$(nsenter -t $p -n ip -o link)
echo "$inside" | sed 's/^/link /'
nsenter -t $p -n ip -o addr | sed 's/^/address /'
peers=" $(echo "$inside" | sed -n 's/^[0-9]*: [^ ]*@if\\([0-9]*\\): .*/\\1/p' | tr '\\n' ' ') "
for folder in /sys/class/net/*; do
  read -r index <$folder/ifindex
  case "$peers" in *" $index "*)
    master=$(readlink $folder/master)
    echo "veth $index \${folder##*/} \${master##*/}"
    if [ -n "$master" ]; then ip -o addr show dev "\${master##*/}" | sed 's/^/bridge /'; fi
  esac
done
describe $p
${listening}`
}

/**
 * Finds the sockets on the container's port in its network namespace, then the processes that have them open. The state
 * 0A is LISTEN for TCP, 07 is unconnected for UDP (proc(5)). A process counts only if it is in the same namespace. A
 * server may have thousands of processes that share its socket, so the command describes only the oldest one.
 */
function listeningCommand(containerPort: number, protocol: 'tcp' | 'udp'): string {
  const hex = containerPort.toString(16).toUpperCase().padStart(4, '0')
  const state = protocol === 'tcp' ? '0A' : '07'
  const sockets = shellQuoted(`$4 == "${state}" && $2 ~ /:${hex}$/ { print $10, $2 }`)
  const owners = `
/^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3] }
match($0, /socket:\\[[0-9]+\\]$/) {
  inode = substr($0, RSTART + 8, RLENGTH - 9)
  if (index(wanted, " " inode " ")) print pid, inode
}`
  return `sockets=$(cat /proc/$p/net/${protocol} /proc/$p/net/${protocol}6 | awk ${sockets})
if [ -n "$sockets" ]; then
  wanted=" $(echo "$sockets" | while read -r inode _; do echo -n "$inode "; done)"
  ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v wanted="$wanted" ${shellQuoted(owners)} |
    sort -n -u | head -n ${String(mostOwners)} | while read -r q inode; do
    if [ "$(readlink /proc/$q/ns/net)" = "$net" ]; then
      describe $q $inode "$(echo "$sockets" | sed -n "s/^$inode //p" | head -n 1)"
      break
    fi
  done
fi
`
}

/** Finds the NAT rules of the published port, and the processes of the engine's proxy for this port. */
function translationCommand(hostPort: number): string {
  return `iptables -w 2 -t nat -S DOCKER | sed -n 's/^\\(.* --dport ${String(hostPort)} .*\\)$/rule \\1/p'
while read -r q; do
  tr '\\0' ' ' </proc/$q/cmdline | grep -q '^/usr/lib/berth/port-proxy .*-host-port ${String(hostPort)} ' && echo "proxy $q $(tr '\\0' ' ' </proc/$q/cmdline)"
done </sys/fs/cgroup/engine/cgroup.procs
true
`
}

export interface Interface {
  index: number
  name: string
  /** The index of the other end of a veth, in the machine. */
  peer: number | undefined
  mac: string
  addresses: string[]
}

export interface ProcessFound {
  pid: number
  inner: number
  command: string
  /** The address on which it listens, in the form of /proc/net: `0100007F:0050`. Undefined for the first process. */
  socket: string | undefined
}

/** What {@link pathCommand} has found. */
export interface PathFindings {
  /** The numbers of the network namespaces of the container and of the machine. */
  namespace: string
  machineNamespace: string
  interfaces: Interface[]
  veths: { index: number; name: string; bridge: string }[]
  /** The addresses of each bridge. */
  bridges: Map<string, string[]>
  first: ProcessFound | undefined
  listening: ProcessFound[]
  rules: string[]
  proxies: { pid: number; command: string }[]
}

/** Parses the output of {@link pathCommand}. Undefined if the process has ended. */
export function parsePath(output: string): PathFindings | undefined {
  const findings: PathFindings = {
    namespace: '',
    machineNamespace: '',
    interfaces: [],
    veths: [],
    bridges: new Map(),
    first: undefined,
    listening: [],
    rules: [],
    proxies: [],
  }
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) addFinding(findings, line.slice(0, space), line.slice(space + 1))
  }
  return findings.namespace === '' ? undefined : findings
}

function addFinding(findings: PathFindings, name: string, text: string): void {
  switch (name) {
    case 'netns': {
      const [own = '', machines = ''] = text.split(' ').map((id) => /\[(\d+)\]/.exec(id)?.[1] ?? '')
      findings.namespace = own
      findings.machineNamespace = machines
      return
    }
    case 'link':
      addLink(findings, text)
      return
    case 'address': {
      const [, index, address] = /^(\d+): \S+\s+inet6? ([^\s/]+)/.exec(text) ?? []
      const owner = findings.interfaces.find((each) => each.index === Number(index))
      if (address !== undefined) owner?.addresses.push(address)
      return
    }
    case 'veth': {
      const [index, device = '', bridge = ''] = text.split(' ')
      findings.veths.push({ index: Number(index), name: device, bridge })
      return
    }
    case 'bridge': {
      const [, device, address] = /^\d+: (\S+)\s+inet6? ([^\s/]+)/.exec(text) ?? []
      if (device === undefined || address === undefined) return
      const known = findings.bridges.get(device) ?? []
      if (!known.includes(address)) findings.bridges.set(device, [...known, address])
      return
    }
    case 'process':
      addProcess(findings, text)
      return
    case 'rule':
      findings.rules.push(text)
      return
    case 'proxy': {
      const [, pid, command = ''] = /^(\d+) (.*)$/.exec(text) ?? []
      if (pid !== undefined) findings.proxies.push({ pid: Number(pid), command: command.trim() })
    }
  }
}

/** A line of busybox's `ip -o link`: `4: eth0@if5: <FLAGS> mtu 1500 …\    link/ether 02:42:ac:11:00:02 brd …`. */
function addLink(findings: PathFindings, text: string): void {
  const [, index, name = ''] = /^(\d+): (\S+): </.exec(text) ?? []
  if (index === undefined) return
  const [, device = name, peer] = /^(.*)@if(\d+)$/.exec(name) ?? []
  findings.interfaces.push({
    index: Number(index),
    name: device,
    peer: peer === undefined ? undefined : Number(peer),
    mac: /link\/ether ([0-9a-f:]{17})/.exec(text)?.[1] ?? '',
    addresses: [],
  })
}

function addProcess(findings: PathFindings, text: string): void {
  const [, pid, inner, command = '', socket] =
    /^(\d+) (\d+) ([A-Za-z0-9+/=]*)(?: \d+ ([0-9A-F]+:[0-9A-F]+))?\s*$/.exec(text) ?? []
  if (pid === undefined || inner === undefined) return
  const found = { pid: Number(pid), inner: Number(inner), command: commandText(command), socket }
  if (socket === undefined) findings.first ??= found
  else findings.listening.push(found)
}

/** The arguments of a process, separated by spaces. The kernel ends each argument with a zero byte. */
function commandText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8').replaceAll('\0', ' ').trim()
}
