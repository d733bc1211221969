import { rm } from 'node:fs/promises'
import { z } from 'zod'
import { isRunning, type Logger, processIdentity, type ProcessIdentity } from '../host'
import { delay, JsonFile, readText } from '../lib'

const recordSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string(), disk: z.string() })

/** How long an orphan has to flush its disk after SIGTERM, milliseconds. */
const orphanGraceMs = 10_000

function jsonFile(path: string) {
  return new JsonFile({ path, schema: recordSchema })
}

/** The file where QEMU writes its own process id. It helps if the app is killed before it has recorded the process. */
export function pidFile(recordFile: string): string {
  return `${recordFile}.pid`
}

/**
 * Records a process of Berth that uses a disk. If the app dies, `endOrphan` can find the process.
 * @throws BerthError host.no-space, host.folder-unwritable
 */
export async function recordProcess(recordFile: string, pid: number, disk: string): Promise<void> {
  const identity = await processIdentity(pid)
  if (!identity) return
  await jsonFile(recordFile).write({ pid, startedAt: identity.startedAt, disk })
}

/** Removes the record of a process that has ended. */
export async function forgetProcess(recordFile: string): Promise<void> {
  await jsonFile(recordFile).remove()
  await rm(pidFile(recordFile), { force: true })
}

/**
 * Ends the process that a dead app has left running on `disk`, if there is one. A process belongs to Berth if its id
 * and start time match the record, or if its command line names Berth's own pid file. In both cases its command line
 * must also name `disk`.
 */
export async function endOrphan(
  recordFile: string,
  disk: string,
  log: Logger,
  graceMs = orphanGraceMs,
): Promise<void> {
  const identity =
    (await recordedProcess(recordFile, disk)) ?? (await unrecordedProcess(pidFile(recordFile), disk))
  if (identity) {
    log.warn({ pid: identity.pid }, 'ending the process of an app that has died')
    process.kill(identity.pid, 'SIGTERM')
    if (!(await endsWithin(identity, graceMs))) {
      process.kill(identity.pid, 'SIGKILL')
      await endsWithin(identity, graceMs)
    }
  }
  await forgetProcess(recordFile)
}

async function recordedProcess(file: string, disk: string): Promise<ProcessIdentity | undefined> {
  const record = await jsonFile(file).readIfValid()
  if (record?.disk !== disk) return undefined
  const identity = await processIdentity(record.pid)
  const isSame = identity?.startedAt === record.startedAt && uses(identity, disk)
  return isSame ? identity : undefined
}

async function unrecordedProcess(file: string, disk: string): Promise<ProcessIdentity | undefined> {
  const pid = Number(await readText(file))
  if (!Number.isInteger(pid) || pid < 1) return undefined
  const identity = await processIdentity(pid)
  const isOurs = identity?.command.includes(`-pidfile ${file}`) === true && uses(identity, disk)
  return isOurs ? identity : undefined
}

/** True if the command line names the disk. QEMU's options double every comma of a path. */
function uses({ command }: ProcessIdentity, disk: string): boolean {
  return [disk, disk.replaceAll(',', ',,')].some((path) => command.includes(path))
}

/** Polls, because the process is not a child of this app, so nothing reports its end. */
async function endsWithin(
  identity: Pick<ProcessIdentity, 'pid' | 'startedAt'>,
  milliseconds: number,
): Promise<boolean> {
  const deadline = Date.now() + milliseconds
  while (await isRunning(identity)) {
    if (Date.now() > deadline) return false
    await delay(50)
  }
  return true
}
