import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../../../src/main/host/log'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-log-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the log', () => {
  it('is on disk as soon as it is written', async () => {
    createLog(join(folder, 'logs')).info({ port: 22 }, 'connected')
    const line: unknown = JSON.parse(await readFile(join(folder, 'logs', 'berth.log'), 'utf8'))
    expect(line).toMatchObject({ msg: 'connected', port: 22 })
  })

  it('hides fields with secrets at the top of a record and one level below', async () => {
    const log = createLog(folder)
    log.info(
      { privateKey: 'SECRET-1', target: { privateKey: 'SECRET-2', host: 'here' }, token: 'SECRET-3' },
      'target',
    )
    const text = await readFile(join(folder, 'berth.log'), 'utf8')
    expect(text).toContain('here')
    expect(text).not.toContain('SECRET')
  })

  it.runIf(process.platform === 'linux')('does not end the app when the disk is full', async () => {
    await symlink('/dev/full', join(folder, 'berth.log'))
    const log = createLog(folder)
    for (let i = 0; i < 10; i += 1) log.info('lost')
  })

  it('is renamed at a start if it is large, and only one older log is kept', async () => {
    await writeFile(join(folder, 'berth.log.1'), 'oldest')
    await writeFile(join(folder, 'berth.log'), 'x'.repeat(5_000_001))
    createLog(folder).info('new')
    expect(await readdir(folder)).toEqual(['berth.log', 'berth.log.1'])
    expect(await readFile(join(folder, 'berth.log'), 'utf8')).toContain('new')
    expect((await readFile(join(folder, 'berth.log.1'), 'utf8')).length).toBe(5_000_001)
  })

  it('is also renamed if it becomes large while the app runs', async () => {
    const log = createLog(folder)
    for (let i = 0; i < 60; i += 1) log.info('x'.repeat(100_000))
    expect((await stat(join(folder, 'berth.log'))).size).toBeLessThan(1_500_000)
    expect((await stat(join(folder, 'berth.log.1'))).size).toBeGreaterThan(5_000_000)
  })

  it.skipIf(process.platform === 'win32')('cannot be read by other users', async () => {
    createLog(join(folder, 'logs')).info('private')
    expect((await stat(join(folder, 'logs'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'logs', 'berth.log'))).mode & 0o777).toBe(0o600)
  })

  it('appends to an existing small file', async () => {
    createLog(folder).info('first')
    createLog(folder).info('second')
    expect((await readFile(join(folder, 'berth.log'), 'utf8')).trim().split('\n')).toHaveLength(2)
  })
})
