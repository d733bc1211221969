import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireAppLock } from '../../src/main/host/app-lock'
import { writePrivateFile } from '../../src/main/lib/files'
import { createLog } from '../../src/main/host/log'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { fileSystemOf } from '../../src/main/lib'
import { privateMachine, temporaryPaths } from '../support/machine-fixture'

const run = promisify(execFile)

describe('a home folder without any space left', () => {
  let paths: BerthPaths
  beforeEach(async () => {
    paths = await temporaryPaths()
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', paths.home])
  })
  // A lazy unmount, because the machine's log is still open.
  afterEach(() => run('umount', ['-l', paths.home]))

  async function fill(): Promise<void> {
    const { free } = await fileSystemOf(paths.home)
    await run('fallocate', ['-l', String(free), join(paths.home, 'filler')])
  }

  it('prevents a start of Berth after a crash, and leaves no incomplete file', async () => {
    await writeFile(join(paths.home, 'berth.lock'), JSON.stringify({ pid: 1 << 30, startedAt: 'long ago' }))
    await fill()
    const noSpace = { code: 'host.no-space', params: { folder: paths.home, free: '0 B' } }
    await expect(acquireAppLock(paths)).rejects.toMatchObject(noSpace)
    await expect(writePrivateFile(join(paths.home, 'file'), 'content')).rejects.toMatchObject(noSpace)
    expect((await readdir(paths.home)).sort()).toEqual(['berth.lock', 'filler'])
  })

  it('loses only the log lines that were written while the folder was full', async () => {
    const log = createLog(paths.logs)
    log.info('before')
    await fill()
    for (let i = 0; i < 1_000; i += 1) log.info('while it is full')
    await rm(join(paths.home, 'filler'))
    log.info('after')
    const lines = (await readFile(join(paths.logs, 'berth.log'), 'utf8')).trim().split('\n')
    expect(lines[0]).toContain('before')
    expect(lines.at(-1)).toMatch(/^{.*"after"}$/)
    expect(lines.length).toBeLessThan(1_000)
  })

  it('makes a start of the machine fail in its first phase', async () => {
    await mkdir(paths.machine, { recursive: true })
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(paths.machine, 'data.qcow2'), '16G'])
    const { machine } = await privateMachine({ paths })
    await fill()
    await expect(machine.start()).rejects.toMatchObject({ code: 'host.no-space' })
    expect(machine.state).toMatchObject({ phase: 'failed', failure: { phase: 'preparing' } })
    await rm(join(paths.home, 'filler'))
  })
})
