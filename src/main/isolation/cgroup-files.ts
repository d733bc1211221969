import type { Cgroup, Pressure, Stall } from '../../shared/isolation'

/** The texts of a cgroup's files, by their names. A file that the kernel does not have is missing. */
export type CgroupFiles = ReadonlyMap<string, string>

/**
 * Reads the files of a cgroup (https://docs.kernel.org/admin-guide/cgroup-v2.html). A value that is missing or not a
 * number becomes null, or 0 for a counter.
 */
export function parseCgroup(path: string, files: CgroupFiles): Cgroup {
  const text = (name: string) => (files.get(name) ?? '').trim()
  const number = (name: string) => amount(text(name))
  const counters = (name: string) => fields(text(name))
  const cpu = counters('cpu.stat')
  const memoryEvents = counters('memory.events')
  const ioStat = text('io.stat')
  const pinned = text('cpuset.cpus')
  return {
    path,
    cpu: {
      limit: cpuLimit(text('cpu.max')),
      weight: number('cpu.weight'),
      processors: text('cpuset.cpus.effective') || pinned,
      pinned: pinned !== '',
      used: cpu.get('usage_usec') ?? 0,
      user: cpu.get('user_usec') ?? 0,
      system: cpu.get('system_usec') ?? 0,
      periods: cpu.get('nr_periods') ?? 0,
      throttledPeriods: cpu.get('nr_throttled') ?? 0,
      throttled: cpu.get('throttled_usec') ?? 0,
      pressure: pressure(text('cpu.pressure')),
    },
    memory: {
      limit: number('memory.max'),
      high: number('memory.high'),
      swapLimit: number('memory.swap.max'),
      current: number('memory.current'),
      swap: number('memory.swap.current'),
      peak: number('memory.peak'),
      atLimit: memoryEvents.get('max') ?? 0,
      killed: memoryEvents.get('oom_kill') ?? 0,
      pressure: pressure(text('memory.pressure')),
    },
    pids: {
      limit: number('pids.max'),
      current: number('pids.current'),
      peak: number('pids.peak'),
      refused: counters('pids.events').get('max') ?? 0,
    },
    io: {
      read: sum(ioStat, 'rbytes'),
      written: sum(ioStat, 'wbytes'),
      reads: sum(ioStat, 'rios'),
      writes: sum(ioStat, 'wios'),
      limits: text('io.max').slice(0, 1000),
      pressure: pressure(text('io.pressure')),
    },
  }
}

function amount(text: string): number | null {
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : null
}

/** `QUOTA PERIOD`, in microseconds. */
function cpuLimit(text: string): number | null {
  const [, quota, period] = /^(\d+) (\d+)$/.exec(text) ?? []
  return quota === undefined || Number(period) === 0 ? null : Number(quota) / Number(period)
}

/** Lines of the form `NAME NUMBER`. */
function fields(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+) (\d+)$/.exec(line) ?? []
    if (name !== undefined) found.set(name, Number(value))
  }
  return found
}

/** Adds up `NAME=NUMBER` of all lines. */
function sum(text: string, name: string): number {
  return [...text.matchAll(new RegExp(`(?:^|\\s)${name}=(\\d+)`, 'gm'))].reduce(
    (total, [, value]) => total + Number(value),
    0,
  )
}

function pressure(text: string): Pressure {
  const some = stall(text, 'some')
  return some === null ? null : { some, full: stall(text, 'full') }
}

function stall(text: string, kind: 'some' | 'full'): Stall | null {
  const number = '(\\d+(?:\\.\\d+)?)'
  const line = new RegExp(`^${kind} avg10=${number} avg60=${number} avg300=${number} `, 'm').exec(text)
  return line === null ? null : { avg10: Number(line[1]), avg60: Number(line[2]), avg300: Number(line[3]) }
}
