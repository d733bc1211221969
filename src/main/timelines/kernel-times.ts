import type { SshLink } from '../ssh'

/** Times that the kernel keeps, in the guest's milliseconds since the epoch. They are exact to about 10 ms. */
export interface KernelTimes {
  /** The start of the container's first process. */
  init: number | undefined
  /** The starts of dockerd's proxies of published ports, by host port and protocol (`8080/tcp`). */
  proxies: Map<string, number>
}

/** Clock ticks a second in `/proc/PID/stat`. It is 100 on every platform of the guest. */
const ticksPerSecond = 100

/**
 * Prints the time since the boot and the time of day, then the start of each process since the boot. A process may
 * choose its own name, so the script splits after the last parenthesis. A program in a container may also call itself a
 * proxy, with arguments of megabytes. So only children of dockerd count. The container's process comes last, because
 * its text is not Berth's.
 */
function script(pid: number): string {
  return [
    // Both times are read without a new process in between, which may take a tenth of a second under emulation.
    'set -f; f=/run/berth/timeline; read -r u r </proc/uptime; : >$f; echo $u; stat -c %y $f',
    'read -r d </run/docker.pid; for p in $(pidof port-proxy docker-proxy); do read -r s </proc/$p/stat || continue',
    'set -- ${s##*) }; [ "$2" = "$d" ] || continue',
    `echo "\${20} $(tr '\\0' ' ' </proc/$p/cmdline)"; done`,
    `s=$(cat /proc/${String(pid)}/stat) && set -- \${s##*) } && echo "\${20} init"`,
  ].join('; ')
}

/** Reads when the kernel started a process, and the proxies of published ports. */
export async function kernelTimes(
  link: Pick<SshLink, 'exec'>,
  pid: number,
  signal: AbortSignal,
): Promise<KernelTimes> {
  const { stdout } = await link.exec(script(pid), { signal, background: true })
  return parseKernelTimes(stdout)
}

export function parseKernelTimes(text: string): KernelTimes {
  const [uptime = '', now = '', ...lines] = text.split('\n')
  const boot = parseDay(now) - Number.parseFloat(uptime) * 1000
  const times: KernelTimes = { init: undefined, proxies: new Map() }
  for (const line of lines) {
    const [, ticks, rest = ''] = /^(\d+) (.*)$/.exec(line) ?? []
    if (ticks === undefined || Number.isNaN(boot)) continue
    const time = boot + (Number(ticks) * 1000) / ticksPerSecond
    if (rest === 'init') times.init = time
    const port = /-host-port (\d+)/.exec(rest)?.[1]
    const protocol = /-proto (\w+)/.exec(rest)?.[1]
    if (port !== undefined && protocol !== undefined) {
      const key = `${port}/${protocol}`
      times.proxies.set(key, Math.min(time, times.proxies.get(key) ?? time))
    }
  }
  return times
}

/** Parses a time that busybox's stat prints: `2026-11-21 08:25:10.232816384 +0000`. NaN if it is not one. */
function parseDay(text: string): number {
  const [, day = '', time = '', zone = ''] = /^(\S+) (\d\d:\d\d:\d\d\.\d{3})\d* ([+-]\d{4})$/.exec(text) ?? []
  return Date.parse(`${day}T${time}${zone}`)
}
