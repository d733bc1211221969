import { readFile } from 'node:fs/promises'
import os from 'node:os'
import type { ComputerFacts } from '../../shared/stack'
import { fileSystemOf, programOutput } from '../lib'

/** The facts that do not change while Berth runs. */
type FixedFacts = Pick<ComputerFacts, 'system' | 'virtual'>

/** Reads the facts about this computer. Only the first reading may start a program. */
export class Computer {
  readonly #folder: string
  readonly #platform: NodeJS.Platform
  #fixed: Promise<FixedFacts> | undefined
  #before: CpuTimes | undefined

  /** `folder` is on the file system whose space the facts name. */
  constructor({ folder, platform = process.platform }: { folder: string; platform?: NodeJS.Platform }) {
    this.#folder = folder
    this.#platform = platform
  }

  async read(): Promise<ComputerFacts> {
    this.#fixed ??= fixedFacts(this.#platform)
    const [fixed, disk] = await Promise.all([this.#fixed, fileSystemOf(this.#folder).catch(() => undefined)])
    const cpus = os.cpus()
    const now = cpuTimes(cpus)
    const before = this.#before
    this.#before = now
    return {
      ...fixed,
      processor: cpus[0]?.model.replace(/\s+/g, ' ').trim() ?? '',
      processors: Math.max(1, cpus.length),
      architecture: os.arch(),
      cpu: before === undefined ? null : processorsInUse(before, now, cpus.length),
      memory: { total: os.totalmem(), available: this.#platform === 'darwin' ? null : os.freemem() },
      disk: disk === undefined ? null : { folder: this.#folder, ...disk },
      kernel: `${os.type()} ${os.release()}`,
      uptime: os.uptime(),
    }
  }

  /** Forgets the last reading. The next reading cannot say what is in use. */
  reset(): void {
    this.#before = undefined
  }
}

/** Milliseconds since the start of this computer, of all processors together. */
export interface CpuTimes {
  busy: number
  idle: number
}

function cpuTimes(cpus: readonly os.CpuInfo[]): CpuTimes {
  let [busy, idle] = [0, 0]
  for (const { times } of cpus) {
    busy += times.user + times.nice + times.sys + times.irq
    idle += times.idle
  }
  return { busy, idle }
}

/** Null if no time has passed. */
export function processorsInUse(before: CpuTimes, now: CpuTimes, processors: number): number | null {
  const [busy, idle] = [now.busy - before.busy, now.idle - before.idle]
  if (busy < 0 || idle < 0 || busy + idle === 0) return null
  return (processors * busy) / (busy + idle)
}

async function fixedFacts(platform: NodeJS.Platform): Promise<FixedFacts> {
  switch (platform) {
    case 'darwin': {
      const [version, guest] = await Promise.all([
        programOutput('/usr/bin/sw_vers', ['-productVersion']),
        programOutput('/usr/sbin/sysctl', ['-n', 'kern.hv_vmm_present']),
      ])
      return { system: `macOS ${version.trim()}`.trim(), virtual: flag(guest) }
    }
    case 'win32':
      return { system: os.version(), virtual: null }
    default: {
      const [release, cpuInfo] = await Promise.all(
        ['/etc/os-release', '/proc/cpuinfo'].map((file) => readFile(file, 'utf8').catch(() => '')),
      )
      return { system: linuxName(release ?? '') || 'Linux', virtual: isVirtual(cpuInfo ?? '') }
    }
  }
}

function flag(text: string): boolean | null {
  const value = text.trim()
  return value === '1' ? true : value === '0' ? false : null
}

/** Returns the name in an os-release file; empty if there is none. */
export function linuxName(osRelease: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? ''
}

/** Reads /proc/cpuinfo. Only x86 processors have a flag that says whether a hypervisor runs this system. */
export function isVirtual(cpuInfo: string): boolean | null {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]
  return flags === undefined ? null : /\bhypervisor\b/.test(flags)
}
