import { readFile } from 'node:fs/promises'
import { programOutput } from '../lib'

/** Distinguishes a process from a later one with the same id. */
export interface ProcessIdentity {
  pid: number
  /** The start time, in the format of the host's system. It is only compared for equality. */
  startedAt: string
  /** The command line, with the arguments joined by spaces. */
  command: string
}

/** The identity of a running process; undefined if no process has this id. */
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

/** True while the process of this identity is running. */
export async function isRunning(identity: Pick<ProcessIdentity, 'pid' | 'startedAt'>): Promise<boolean> {
  return (await processIdentity(identity.pid))?.startedAt === identity.startedAt
}

/** proc(5): `stat` is "pid (name) state …". The start time, in clock ticks since boot, is field 22. */
async function linuxIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, command, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The name may contain blanks and parentheses, so the fields are split after it: index 0 is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const ticks = fields[19]
    // Z is a zombie: the process has ended.
    if (ticks === undefined || state === 'Z') return undefined
    return { pid, startedAt: `${boot.trim()} ${ticks}`, command: command.split('\0').join(' ').trim() }
  } catch {
    return undefined
  }
}

async function psIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  // Without -ww, ps cuts the command line at the width of a terminal.
  const output = await programOutput('ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)], {
    env: environment,
  })
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
  const output = await programOutput('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script])
  const [startedAt, command] = output.trim().split('\t')
  return startedAt ? { pid, startedAt, command: command ?? '' } : undefined
}

/**
 * The environment for `ps`. TZ is fixed, because `ps` reports times in the caller's time zone, which changes when the
 * user travels. LC_CTYPE is UTF-8, because in the C locale, ps of macOS writes non-ASCII letters as escapes.
 */
const environment = { LC_ALL: undefined, LC_TIME: 'C', LC_CTYPE: 'UTF-8', TZ: 'UTC' }
