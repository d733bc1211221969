import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GuestFiles } from '../../../../src/main/configuration/guest-files'
import { SettingsStore } from '../../../../src/main/settings/settings-store'
import { silentLog } from '../../../support/fake-services'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-guest-files-'))
})
afterEach(() => rm(home, { recursive: true }))

/** The guest files for these settings. */
async function guestFiles(sections: object): Promise<GuestFiles> {
  await writeFile(join(home, 'settings.json'), JSON.stringify({ version: 2, ...sections }))
  const settings = await SettingsStore.open({ folder: home, log: silentLog })
  return new GuestFiles({ settings, systemProxy: () => Promise.resolve(undefined) })
}

describe('settings that were saved without validation', () => {
  it.each([
    [{ daemon: { 'data-root': '/tmp' } }, 'settings.daemon-refused'],
    [{ daemon: { nonsense: true } }, 'settings.daemon-unknown'],
    [{ machine: { cpus: 250, memoryMiB: 2048, diskGiB: 64 } }, 'settings.over-limit'],
    [{ machine: { cpus: 1, memoryMiB: 1_048_576, diskGiB: 64 } }, 'settings.over-limit'],
  ])('%j prevent a start of the machine', async (sections, code) => {
    await expect((await guestFiles(sections)).create()).rejects.toMatchObject({ code })
  })

  it('are passed to the machine when they are valid', async () => {
    const files = await (await guestFiles({ daemon: { debug: true } })).create()
    expect(JSON.parse(files['daemon.json'] ?? '')).toMatchObject({ debug: true })
  })
})

describe('a daemon.json with which dockerd does not start', () => {
  it('can be left out for one start, and is used again afterwards', async () => {
    const files = await guestFiles({ daemon: { debug: true } })
    const daemon = async () => JSON.parse((await files.create())['daemon.json'] ?? '') as object
    await files.withoutDaemon(async () => {
      expect(await daemon()).not.toHaveProperty('debug')
    })
    const failing = files.withoutDaemon(() => Promise.reject(new Error('no start')))
    await expect(failing).rejects.toThrow('no start')
    expect(await daemon()).toHaveProperty('debug', true)
  })
})
