import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { createBerth } from '../../src/main/berth'
import { createLog } from '../../src/main/host/log'
import { berthPaths, type BerthPaths } from '../../src/main/host/berth-files'
import { SettingsStore } from '../../src/main/settings/settings-store'
import { silentLog } from '../support/fake-services'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

describe('a home folder that cannot be written to', () => {
  let paths: BerthPaths
  beforeEach(async () => {
    const home = await mkdtemp(join(inject('runFolder'), 'home-'))
    paths = berthPaths({ BERTH_HOME: home }, process.platform)
    // Permissions do not restrict root, but a read-only file system does.
    if (isRoot) await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home])
  })
  afterEach(async () => {
    if (isRoot) await run('umount', [paths.home])
    else await chmod(paths.home, 0o700)
  })

  async function makeReadOnly(): Promise<void> {
    if (isRoot) await run('mount', ['-o', 'remount,ro', paths.home])
    else await chmod(paths.home, 0o500)
  }

  it('prevents a start of Berth, with an error that names the folder, and does not change', async () => {
    await writeFile(join(paths.home, 'settings.json'), '{"version":1}')
    await makeReadOnly()
    await expect(
      createBerth({
        paths,
        log: silentLog,
        host: { kind: 'headless', version: '0', program: [], quit: () => undefined },
        env: {},
        platform: 'linux',
      }),
    ).rejects.toMatchObject({
      code: 'host.folder-unwritable',
      params: { folder: paths.home },
      detail: expect.stringMatching(/EROFS|EACCES/) as string,
    })
    expect(() => createLog(paths.logs)).toThrow(
      expect.objectContaining({ code: 'host.folder-unwritable', params: { folder: paths.logs } }),
    )
    expect(await readdir(paths.home)).toEqual(['settings.json'])
  })

  it('keeps the current settings in effect if it becomes read-only while Berth runs', async () => {
    const settings = await SettingsStore.open({ folder: paths.home, log: silentLog })
    const { power } = settings.current
    await settings.update({ power: { ...power, pauseAfterMinutes: 7 } })
    const written = await readFile(join(paths.home, 'settings.json'), 'utf8')
    await makeReadOnly()
    await expect(settings.update({ power: { ...power, pauseAfterMinutes: 8 } })).rejects.toMatchObject({
      code: 'settings.unwritable',
      params: { file: join(paths.home, 'settings.json') },
    })
    expect(settings.current.power.pauseAfterMinutes).toBe(7)
    expect(await readFile(join(paths.home, 'settings.json'), 'utf8')).toBe(written)
    expect(await readdir(paths.home)).toEqual(['settings.json'])
  })
})
