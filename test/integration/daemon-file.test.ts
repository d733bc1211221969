import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Configuration } from '../../src/main/configuration/configuration'
import { moveDaemonFile } from '../../src/main/configuration/daemon-file'
import { GuestFiles } from '../../src/main/configuration/guest-files'
import { createLog } from '../../src/main/host/log'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { SettingsStore } from '../../src/main/settings/settings-store'
import type { Machine } from '../../src/main/machine/machine'
import { eventually } from '../support/engine-fixture'
import { machineSettings, temporaryPaths } from '../support/machine-fixture'
import { newMachine } from '../support/new-machine'

describe('the daemon.json of an older Berth', () => {
  let machine: Machine | undefined
  afterAll(() => machine?.stop())

  it('moves into the settings, and stays there even if dockerd cannot start with it', async () => {
    const paths = await temporaryPaths()
    const log = createLog(paths.logs)
    const daemon = { 'seccomp-profile': '/nowhere', debug: false }
    await mkdir(paths.machine, { recursive: true })
    await writeFile(join(paths.machine, 'daemon.json'), JSON.stringify(daemon))
    const defaults = { ...defaultSettings(), machine: machineSettings }
    const settings = await SettingsStore.open({ folder: paths.home, log, defaults })
    await moveDaemonFile(paths, settings, log)
    expect(settings.current.daemon).toEqual(daemon)
    expect(await readdir(paths.machine)).toEqual(['daemon.json.migrated'])

    const guestFiles = new GuestFiles({ settings, systemProxy: () => Promise.resolve(undefined) })
    const mine = newMachine({
      paths,
      log,
      settings: () => settings.current.machine,
      guestFiles: () => guestFiles.create(),
    })
    const { engine } = mine
    machine = mine.machine
    const configuration = new Configuration({
      paths,
      log,
      settings,
      machine,
      link: machine.link,
      engine,
      dns: { problem: undefined, serve: () => Promise.resolve() },
      guestFiles,
    })
    await expect(machine.start()).rejects.toMatchObject({ code: 'machine.engine-failed' })
    expect(machine.state.phase).toBe('failed')

    await configuration.startWithoutDaemon()
    await engine.ping()
    expect(settings.current.daemon).toEqual(daemon)
    await eventually(() => configuration.pending).toMatchObject({
      scope: 'engine',
      keys: ['debug', 'seccomp-profile'],
    })
    const refused = configuration.update({ daemon: { ...daemon, 'default-shm-size': 'huge' } })
    await expect(refused).rejects.toMatchObject({ code: 'settings.daemon-rejected' })
    expect(settings.current.daemon).toEqual(daemon)
    await configuration.update({ daemon: { debug: false } })
    await eventually(() => configuration.pending?.keys).toBeUndefined()
  }, 300_000)
})
