import { readFile } from 'node:fs/promises'
import { programOutput } from '../lib'

/** What a process has used since its start, and what it takes now. */
export interface ProcessReading {
  /** Milliseconds of processor time. */
  cpu: number
  /** Bytes. */
  resident: number
}

/** What a process uses. Null for a value that has not been measured yet, or cannot be read. */
export interface ProcessUse {
  /** Processors. */
  cpu: number | null
  /** Bytes. */
  resident: number | null
}

/** Starting PowerShell takes half a second of processor time. So on Windows, most readings repeat the last result. */
const windowsPauseMs = 30_000

/** Measures one process of this computer. Each reading gives the use since the reading before. */
export class ProcessMeter {
  readonly #read: (pid: number) => Promise<ProcessReading | undefined>
  readonly #pauseMs: number
  #last: { pid: number; at: number; reading: ProcessReading; use: ProcessUse } | undefined

  constructor(
    options: {
      platform?: NodeJS.Platform
      read?: (pid: number) => Promise<ProcessReading | undefined>
    } = {},
  ) {
    const { platform = process.platform, read = (pid: number) => readProcess(pid, platform) } = options
    this.#read = read
    this.#pauseMs = platform === 'win32' ? windowsPauseMs : 0
  }

  async use(pid: number, now: number = performance.now()): Promise<ProcessUse> {
    const last = this.#last?.pid === pid ? this.#last : undefined
    if (last !== undefined && now - last.at < this.#pauseMs) return last.use
    const reading = await this.#read(pid)
    if (reading === undefined) {
      this.#last = undefined
      return { cpu: null, resident: null }
    }
    const elapsed = now - (last?.at ?? now)
    const cpu = last === undefined || elapsed <= 0 ? null : (reading.cpu - last.reading.cpu) / elapsed
    const use = { cpu: cpu === null ? null : Math.max(0, cpu), resident: reading.resident }
    this.#last = { pid, at: now, reading, use }
    return use
  }

  /** Forgets the last reading. */
  reset(): void {
    this.#last = undefined
  }
}

/** Reads a process once. Undefined if there is no such process, or the system does not tell. */
export async function readProcess(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessReading | undefined> {
  switch (platform) {
    case 'linux':
      return readLinux(pid)
    case 'win32':
      return windowsReading(
        await programOutput('powershell.exe', [
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          `$p = Get-Process -Id ${String(pid)}; "$($p.TotalProcessorTime.Ticks) $($p.WorkingSet64)"`,
        ]),
      )
    default:
      return psReading(
        await programOutput('ps', ['-o', 'time=,rss=', '-p', String(pid)], { env: { LC_ALL: 'C' } }),
      )
  }
}

async function readLinux(pid: number): Promise<ProcessReading | undefined> {
  try {
    const folder = `/proc/${String(pid)}`
    const [stat, status] = await Promise.all([
      readFile(`${folder}/stat`, 'utf8'),
      readFile(`${folder}/status`, 'utf8'),
    ])
    return linuxReading(stat, status)
  } catch {
    return undefined
  }
}

/** Linux counts processor time in hundredths of a second on every architecture (USER_HZ). */
const tickMs = 10

/** Parses /proc/PID/stat and /proc/PID/status (proc(5)). */
export function linuxReading(stat: string, status: string): ProcessReading | undefined {
  // The name may contain blanks and parentheses, so the fields are split after it: index 0 is field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  const resident = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1])
  if (![user, system, resident].every(Number.isFinite)) return undefined
  return { cpu: (user + system) * tickMs, resident: resident * 1024 }
}

/** Parses the output of the BSDs' `ps -o time=,rss=`: the time is `[[hours:]minutes:]seconds.hundredths`. */
export function psReading(output: string): ProcessReading | undefined {
  const [time = '', kibibytes = ''] = output.trim().split(/\s+/)
  const parts = time.split(':').map(Number)
  const seconds = parts.reduce((sum, part) => sum * 60 + part, 0)
  const resident = Number(kibibytes) * 1024
  if (time === '' || kibibytes === '' || !Number.isFinite(seconds) || !Number.isFinite(resident))
    return undefined
  return { cpu: seconds * 1000, resident }
}

/** Parses `TICKS BYTES`. A tick of .NET is 100 ns. */
export function windowsReading(output: string): ProcessReading | undefined {
  const [, ticks, resident] = /^(\d+) (\d+)$/.exec(output.trim()) ?? []
  return ticks === undefined ? undefined : { cpu: Number(ticks) / 10_000, resident: Number(resident) }
}
