import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireAppLock } from '../../../../src/main/host/app-lock'
import { berthPaths, type BerthPaths } from '../../../../src/main/host/berth-files'
import { processIdentity } from '../../../../src/main/host/process-identity'

let folder: string
let paths: BerthPaths
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-lock-'))
  paths = berthPaths({ BERTH_HOME: folder }, 'linux')
  file = join(folder, 'berth.lock')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the lock on a home folder', () => {
  it('cannot be acquired by another app until it is released', async () => {
    const lock = await acquireAppLock(paths)
    await expect(acquireAppLock(paths)).rejects.toMatchObject({
      code: 'host.already-running',
      params: { pid: process.pid, folder },
    })
    await lock.release()
    expect(await readdir(folder)).toEqual([])
    await (await acquireAppLock(paths)).release()
  })

  it('is given to exactly one of many simultaneous apps', async () => {
    await writeFile(file, JSON.stringify({ pid: 1 << 30, startedAt: 'long ago' }))
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquireAppLock(paths)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['berth.lock'])
  })

  it('is taken over from a process that has ended', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    const exited = once(child, 'exit')
    const identity = await processIdentity(child.pid ?? 0)
    await exited
    await writeFile(file, JSON.stringify({ pid: child.pid, startedAt: identity?.startedAt ?? '' }))
    await acquireAppLock(paths)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid })
  })

  it('is taken over even if another app has ended during its own takeover of the lock', async () => {
    const stale = JSON.stringify({ pid: 1 << 30, startedAt: 'long ago' })
    await writeFile(file, stale)
    const claim = createHash('sha256').update(stale).digest('hex').slice(0, 12)
    await writeFile(`${file}.${claim}`, JSON.stringify({ pid: (1 << 30) + 1, startedAt: 'a moment later' }))
    await acquireAppLock(paths)
    expect(await readdir(folder)).toEqual(['berth.lock'])
  })

  it('is taken over when the process id belongs to another process now', async () => {
    await writeFile(file, JSON.stringify({ pid: process.pid, startedAt: 'another time' }))
    await expect(acquireAppLock(paths)).resolves.toBeDefined()
  })

  it('is taken over when its content is not valid', async () => {
    await writeFile(file, 'not json')
    await expect(acquireAppLock(paths)).resolves.toBeDefined()
  })

  it('stays if the previous holder releases it after another app has taken it', async () => {
    const lock = await acquireAppLock(paths)
    await writeFile(file, JSON.stringify({ pid: 1, startedAt: 'other' }))
    await lock.release()
    expect(await readdir(folder)).toEqual(['berth.lock'])
  })

  it('leads to an error if the home folder cannot be created', async () => {
    await writeFile(join(folder, 'in-the-way'), '')
    const blocked = { ...paths, home: join(folder, 'in-the-way', 'home') }
    await expect(acquireAppLock(blocked)).rejects.toMatchObject({ code: 'host.folder-unwritable' })
  })
})
