import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Configuration } from '../../../../src/main/configuration/configuration'
import { berthPaths } from '../../../../src/main/host/paths'
import { SettingsStore } from '../../../../src/main/settings/settings-store'
import { Machine } from '../../../../src/main/machine/machine'
import { silentLog } from '../../../support/fake-services'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-configuration-'))
})
afterEach(() => rm(home, { recursive: true }))

/** With a machine that is never started. */
async function configuration(sections: object): Promise<Configuration> {
  const paths = berthPaths({ BERTH_HOME: home }, 'linux')
  await writeFile(join(home, 'settings.json'), JSON.stringify({ version: 2, ...sections }))
  const settings = await SettingsStore.open(home, silentLog)
  const machine = new Machine({
    paths,
    log: silentLog,
    settings: () => settings.current.machine,
    waitForEngine: () => Promise.resolve(),
  })
  return new Configuration({
    paths,
    log: silentLog,
    settings,
    machine,
    engine: { waitUntilReady: () => Promise.resolve(), keepsContainers: () => Promise.resolve(true) },
    dns: { serve: () => Promise.resolve(), problem: undefined },
    systemProxy: () => Promise.resolve(undefined),
  })
}

describe('settings that nobody checked when they were written', () => {
  it.each([
    [{ daemon: { 'data-root': '/tmp' } }, 'settings.daemon-refused'],
    [{ daemon: { nonsense: true } }, 'settings.daemon-unknown'],
    [{ machine: { cpus: 250, memoryMiB: 2048, diskGiB: 64 } }, 'settings.over-limit'],
    [{ machine: { cpus: 1, memoryMiB: 1_048_576, diskGiB: 64 } }, 'settings.over-limit'],
  ])('%j keep the machine from its start', async (sections, code) => {
    await expect((await configuration(sections)).guestFiles()).rejects.toMatchObject({ code })
  })

  it('are what the machine is given when they are right', async () => {
    const files = await (await configuration({ daemon: { debug: true } })).guestFiles()
    expect(JSON.parse(files['daemon.json'] ?? '')).toMatchObject({ debug: true })
  })
})
