import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processIdentity } from '../../../../src/main/host/process-identity'
import { endOrphan, pidFile } from '../../../../src/main/qemu/process-record'

const log = pino({ level: 'silent' })
let folder: string
let recordFile: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-process-'))
  recordFile = join(folder, 'qemu.json')
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Imitates a QEMU that an earlier Berth left behind. It runs until a test ends it, with the disk in its arguments. */
async function orphan(disk: string, { stubborn = false, args = [] as string[] } = {}): Promise<ChildProcess> {
  const script = `${stubborn ? "process.on('SIGTERM', () => {});" : ''} process.stdout.write('up'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', script, '--', disk, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

async function record(child: ChildProcess, disk: string, changes: Record<string, unknown> = {}) {
  const identity = await processIdentity(child.pid ?? 0)
  await writeFile(
    recordFile,
    JSON.stringify({ pid: child.pid, startedAt: identity?.startedAt, disk, ...changes }),
  )
}

async function hasRecord(): Promise<boolean> {
  return access(recordFile).then(
    () => true,
    () => false,
  )
}

describe('a QEMU process that an earlier Berth left behind', () => {
  const disk = '/home/data.qcow2'

  it('is ended, and its record is removed', async () => {
    const child = await orphan(disk)
    await record(child, disk)
    const exited = once(child, 'exit')
    await endOrphan(recordFile, disk, log)
    expect(await exited).toEqual([null, 'SIGTERM'])
    expect(await hasRecord()).toBe(false)
  })

  it('is ended if the path of its disk has a comma, which QEMU’s options double', async () => {
    const child = await orphan('file.filename=/home/a,,b/data.qcow2')
    await record(child, '/home/a,b/data.qcow2')
    const exited = once(child, 'exit')
    await endOrphan(recordFile, '/home/a,b/data.qcow2', log)
    expect(await exited).toEqual([null, 'SIGTERM'])
  })

  it('is killed when it ignores SIGTERM', async () => {
    const child = await orphan(disk, { stubborn: true })
    await record(child, disk)
    const exited = once(child, 'exit')
    await endOrphan(recordFile, disk, log, 200)
    expect(await exited).toEqual([null, 'SIGKILL'])
  })

  it('is not confused with another process that now has the same id', async () => {
    const child = await orphan(disk)
    await record(child, disk, { startedAt: 'some other time' })
    await endOrphan(recordFile, disk, log)
    expect(child.exitCode).toBeNull()
    expect(child.signalCode).toBeNull()
    expect(await processIdentity(child.pid ?? 0)).toBeDefined()
    expect(await hasRecord()).toBe(false)
  })

  it('is not ended if it does not use the disk', async () => {
    const child = await orphan('/elsewhere/data.qcow2')
    await record(child, disk)
    await endOrphan(recordFile, disk, log)
    expect(await processIdentity(child.pid ?? 0)).toBeDefined()
  })

  it('is ended even if the earlier Berth had no time to record the process', async () => {
    const file = pidFile(recordFile)
    const child = await orphan(disk, { args: ['-pidfile', file] })
    await writeFile(file, `${String(child.pid)}\n`)
    const exited = once(child, 'exit')
    await endOrphan(recordFile, disk, log)
    expect(await exited).toEqual([null, 'SIGTERM'])
    await expect(access(file)).rejects.toThrow('ENOENT')
  })

  it('is not ended if the pid file contains its id but its arguments do not name the pid file', async () => {
    const child = await orphan(disk)
    await writeFile(pidFile(recordFile), `${String(child.pid)}\n`)
    await endOrphan(recordFile, disk, log)
    expect(await processIdentity(child.pid ?? 0)).toBeDefined()
  })

  it('may have ended already', async () => {
    const child = await orphan(disk)
    await record(child, disk)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await endOrphan(recordFile, disk, log)
    expect(await hasRecord()).toBe(false)
  })

  it.each(['', 'not json', '{"pid":-1}'])(
    'is not found if its record is invalid and there is no pid file: “%s”',
    async (content) => {
      await writeFile(recordFile, content)
      await expect(endOrphan(recordFile, disk, log)).resolves.toBeUndefined()
    },
  )
})
