import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { delay, systemErrorCode, writePrivateFile } from '../lib'
import { isRunning, type Logger, processIdentity, type ProcessIdentity } from '../host'

export interface QemuExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines QEMU wrote to its standard error. */
  stderr: string
}

const recordSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string(), disk: z.string() })

/** Characters of standard error that are kept. */
const keptStderr = 8_192
/** How long an orphan gets to flush its disk after SIGTERM, milliseconds. */
const orphanGraceMs = 10_000

/** A QEMU process of ours, recorded in a file so that the next app can end it if this one dies. */
export class QemuProcess {
  readonly pid: number
  /** Resolves when the process has ended. */
  readonly exited: Promise<QemuExit>
  readonly #child: ChildProcess
  #stderr = ''

  private constructor(child: ChildProcess, pid: number, recording: Promise<void>, recordFile: string) {
    this.#child = child
    this.pid = pid
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr)
    })
    const closed = new Promise<QemuExit>((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal, stderr: this.#stderr.trim() })
      })
    })
    this.exited = closed.then(async (exit) => {
      // A record that cannot be removed is recognised as stale by its start time.
      await recording.then(() => forget(recordFile)).catch(() => undefined)
      return exit
    })
  }

  /** Starts QEMU and records it. Rejects when the program cannot be run at all. */
  static async spawn(options: {
    binary: string
    args: string[]
    /** Absolute path of the data disk, which is among the arguments. */
    disk: string
    recordFile: string
  }): Promise<QemuProcess> {
    const { disk, recordFile } = options
    const child = spawn(options.binary, options.args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    })
    await once(child, 'spawn')
    // A child that was spawned has an id.
    const pid = child.pid ?? 0
    const recording = record(recordFile, pid, disk)
    const qemu = new QemuProcess(child, pid, recording, recordFile)
    try {
      await recording
    } catch (error) {
      // Nobody could find it again after a crash.
      qemu.kill('SIGKILL')
      throw error
    }
    return qemu
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }
}

/** Where QEMU itself writes its id, beside our record: an app may be killed before it has recorded what it started. */
export function pidFile(recordFile: string): string {
  return `${recordFile}.pid`
}

/**
 * Ends the QEMU that an app which died left running on `disk`, if there is one. It is only taken for ours when id,
 * start time and the disk in its command line are all as recorded, or when its command line names our own pid file.
 */
export async function endOrphan(
  recordFile: string,
  disk: string,
  log: Logger,
  graceMs = orphanGraceMs,
): Promise<void> {
  const identity = (await recorded(recordFile, disk)) ?? (await unrecorded(pidFile(recordFile), disk))
  if (identity) {
    log.warn({ pid: identity.pid }, 'ending the machine of an app that is gone')
    process.kill(identity.pid, 'SIGTERM')
    if (!(await endsWithin(identity, graceMs))) {
      process.kill(identity.pid, 'SIGKILL')
      await endsWithin(identity, graceMs)
    }
  }
  await forget(recordFile)
}

async function recorded(file: string, disk: string): Promise<ProcessIdentity | undefined> {
  const record = await readRecord(file)
  if (record?.disk !== disk) return undefined
  const identity = await processIdentity(record.pid)
  const isSame = identity?.startedAt === record.startedAt && uses(identity, disk)
  return isSame ? identity : undefined
}

async function unrecorded(file: string, disk: string): Promise<ProcessIdentity | undefined> {
  const pid = Number(await readText(file))
  if (!Number.isInteger(pid) || pid < 1) return undefined
  const identity = await processIdentity(pid)
  const isOurs = identity?.command.includes(`-pidfile ${file}`) === true && uses(identity, disk)
  return isOurs ? identity : undefined
}

/** QEMU's options have every comma twice. */
function uses({ command }: ProcessIdentity, disk: string): boolean {
  return [disk, disk.replaceAll(',', ',,')].some((path) => command.includes(path))
}

/** Forgets a process of ours that has ended. */
export async function forget(recordFile: string): Promise<void> {
  await rm(recordFile, { force: true })
  await rm(pidFile(recordFile), { force: true })
}

/** Records a process of ours that uses a disk, for `endOrphan` to find should the app die. */
export async function record(file: string, pid: number, disk: string): Promise<void> {
  const identity = await processIdentity(pid)
  if (!identity) return
  await writePrivateFile(file, JSON.stringify({ pid, startedAt: identity.startedAt, disk }))
}

/** A process that is not our child can only be asked about again and again. */
async function endsWithin(
  identity: { pid: number; startedAt: string },
  milliseconds: number,
): Promise<boolean> {
  const never = new AbortController().signal
  const deadline = Date.now() + milliseconds
  while (await isRunning(identity)) {
    if (Date.now() > deadline) return false
    await delay(50, never)
  }
  return true
}

async function readRecord(file: string): Promise<z.infer<typeof recordSchema> | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse((await readText(file)) ?? '')).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
