import type { GuestFacts } from '../../shared/stack'
import { guestPath } from '../lib'

/** The most cgroups that the facts name. Containers can be put into cgroups of any name. */
const mostGroups = 20

/**
 * A shell program that prints the facts of the machine, and repeats them every `seconds`. Each reading begins with the
 * facts that change slowly, at every tenth reading, and ends with a line `tick`.
 *
 * To be cheap, the program is a single process and opens only files of the kernel. Only `stat`, for the data disk, is a
 * program of its own. The shell waits with `read -t`, so it starts no `sleep`. It ends when its input or output closes.
 * The engine's programs are in a cgroup of their own, so no container can pretend to be one of them.
 */
export function guestFactsCommand(seconds: number): string {
  return `cgroups=/sys/fs/cgroup
slow() {
  read -r kernel </proc/sys/kernel/osrelease && echo "kernel $kernel"
  read -r online </sys/devices/system/cpu/online && echo "online $online"
  if [ -e $cgroups/cgroup.controllers ]; then
    read -r controllers <$cgroups/cgroup.controllers; echo "controllers $controllers"
  fi
  for group in $cgroups/*/; do group=\${group%/}; echo "group \${group##*/}"; done
  for kind in /proc/self/ns/*; do echo "namespace \${kind##*/}"; done
  stat -f -c 'disk %S %b %f %a' ${guestPath.data}
  while read -r pid; do
    read -r name </proc/$pid/comm && read -r _ pages _ </proc/$pid/statm && echo "program $pid $pages $name"
  done <$cgroups/engine/cgroup.procs
}
count=0
while :; do
  if [ $((count % 10)) -eq 0 ]; then slow; fi 2>/dev/null
  count=$((count + 1))
  read -r uptime _ </proc/uptime
  { read -r _ total _; read -r _; read -r _ available _; } </proc/meminfo
  read -r _ cpu </proc/stat
  echo "tick $uptime $total $available $cpu" || exit
  # At the end of the input, \`read\` fails without a wait.
  before=$uptime
  read -r -t ${String(seconds)} _
  read -r uptime _ </proc/uptime
  if [ "\${before%.*}" = "\${uptime%.*}" ]; then exit; fi
done`
}

/** The pages of the machine's memory. Debian's kernels have pages of 4 KiB on both architectures. */
const pageBytes = 4096
/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100

type SlowFacts = Pick<
  GuestFacts,
  'kernel' | 'processors' | 'disk' | 'cgroup' | 'namespaces' | 'dockerd' | 'containerd' | 'shims'
>

function noFacts(): SlowFacts {
  return {
    kernel: '',
    processors: 1,
    disk: null,
    cgroup: { version: 1, controllers: [], groups: [] },
    namespaces: [],
    dockerd: null,
    containerd: null,
    shims: 0,
  }
}

/** Parses the output of {@link guestFactsCommand}. */
export class GuestFactsParser {
  #slow = noFacts()
  /** The slow facts of the reading that has begun. */
  #next: SlowFacts | undefined
  #before: { uptime: number; busy: number } | undefined

  /** Reads a line. Returns the facts at the end of a reading. */
  line(line: string): GuestFacts | undefined {
    const space = line.indexOf(' ')
    const [name, rest] = space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
    if (name === 'tick') return this.#tick(rest.split(/\s+/).map(Number))
    this.#next ??= noFacts()
    addSlowFact(this.#next, name, rest)
    return undefined
  }

  #tick(values: readonly number[]): GuestFacts | undefined {
    this.#slow = this.#next ?? this.#slow
    this.#next = undefined
    const [uptime, total, available, ...ticks] = values
    if (uptime === undefined || total === undefined || available === undefined) return undefined
    if (ticks.length < 8 || !values.every((value) => Number.isFinite(value) && value >= 0)) return undefined
    // The columns are user, nice, system, idle, iowait, irq, softirq and steal (proc(5)).
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks
    const busy = (user + nice + system + irq + softirq) / ticksPerSecond
    const before = this.#before
    this.#before = { uptime, busy }
    const elapsed = uptime - (before?.uptime ?? uptime)
    return {
      ...this.#slow,
      uptime,
      cpu: before === undefined || elapsed <= 0 ? null : Math.max(0, busy - before.busy) / elapsed,
      memory: { total: total * 1024, available: available * 1024 },
    }
  }
}

function addSlowFact(facts: SlowFacts, name: string, text: string): void {
  switch (name) {
    case 'kernel':
      facts.kernel = text
      return
    case 'online':
      facts.processors = Math.max(1, listLength(text))
      return
    case 'controllers':
      facts.cgroup = { ...facts.cgroup, version: 2, controllers: words(text) }
      return
    case 'group':
      if (facts.cgroup.groups.length < mostGroups) facts.cgroup.groups.push(text)
      return
    case 'namespace':
      // The kernel lists the namespaces of future children separately.
      if (!text.endsWith('_for_children')) facts.namespaces.push(text)
      return
    case 'disk':
      facts.disk = diskOf(words(text).map(Number))
      return
    case 'program':
      addProgram(facts, text)
  }
}

function addProgram(facts: SlowFacts, text: string): void {
  const [, pid = '', pages = '', name] = /^(\d+) (\d+) (.*)$/.exec(text) ?? []
  const daemon = { pid: Number(pid), resident: Number(pages) * pageBytes }
  if (name === 'dockerd') facts.dockerd = daemon
  else if (name === 'containerd') facts.containerd = daemon
  // The kernel cuts the name of a process after 15 bytes: "containerd-shim".
  else if (name === 'containerd-shim') facts.shims += 1
}

function diskOf([size, blocks, free, available]: readonly number[]): SlowFacts['disk'] {
  if (size === undefined || blocks === undefined || free === undefined || available === undefined) return null
  const disk = { total: blocks * size, used: (blocks - free) * size, free: available * size }
  return Object.values(disk).every((value) => Number.isFinite(value) && value >= 0) ? disk : null
}

/** The number of entries of a list in the kernel's form, such as `0-3,5`. */
function listLength(text: string): number {
  return text.split(',').reduce((sum, range) => {
    const [first = NaN, last = first] = range.split('-').map(Number)
    return Number.isFinite(last - first) ? sum + last - first + 1 : sum
  }, 0)
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
