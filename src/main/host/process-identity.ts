import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** What tells one process from a later one that was given the same id. */
export interface ProcessIdentity {
  pid: number
  /** When it started, in whatever form the host tells it; only ever compared for equality. */
  startedAt: string
  /** Its command line, arguments joined by spaces. */
  command: string
}

/** The identity of a running process, or undefined when there is none with this id. */
export async function processIdentity(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessIdentity | undefined> {
  switch (platform) {
    case 'linux':
      return linuxIdentity(pid)
    case 'win32':
      return windowsIdentity(pid)
    default:
      return psIdentity(pid)
  }
}

/** True while the very process `identity` describes is running. */
export async function isRunning(identity: Pick<ProcessIdentity, 'pid' | 'startedAt'>): Promise<boolean> {
  return (await processIdentity(identity.pid))?.startedAt === identity.startedAt
}

/** proc(5): `stat` is "pid (name) state …" with the start time, in clock ticks since boot, as field 22. */
async function linuxIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, command, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The name may hold anything, also blanks and parentheses: the fields behind its end are safe.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const ticks = fields[19]
    // A zombie runs no more.
    if (ticks === undefined || state === 'Z') return undefined
    return { pid, startedAt: `${boot.trim()} ${ticks}`, command: command.split('\0').join(' ').trim() }
  } catch {
    return undefined
  }
}

async function psIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  // Without -ww a command line ends where a terminal's would.
  const output = await run('ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)])
  // lstart is "Fri Nov 20 21:56:33 2026", always 24 characters (ps(1) of the BSDs).
  const match = /^(.{24})\s+(.*)$/s.exec(output.trim())
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { pid, startedAt: match[1], command: match[2] }
}

async function windowsIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const script =
    '[Console]::OutputEncoding = [Text.Encoding]::UTF8; ' +
    `$p = Get-CimInstance Win32_Process -Filter "ProcessId=${pid}"; ` +
    'if ($p) { "$($p.CreationDate.ToFileTimeUtc())`t$($p.CommandLine)" }'
  const output = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script])
  const [startedAt, command] = output.trim().split('\t')
  return startedAt ? { pid, startedAt, command: command ?? '' } : undefined
}

/**
 * A start time is told in the time zone of whoever asks, who may have travelled since; and in the C locale, ps of macOS
 * writes other letters than ASCII as escapes.
 */
const environment = { LC_ALL: undefined, LC_TIME: 'C', LC_CTYPE: 'UTF-8', TZ: 'UTC' }

/** The output of a command, empty when it fails: then there is no such process. */
function run(file: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(file, args, { windowsHide: true, env: { ...process.env, ...environment } }, (error, stdout) => {
      resolve(error ? '' : stdout)
    })
  })
}
