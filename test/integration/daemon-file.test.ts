import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Configuration } from '../../src/main/configuration/configuration'
import { moveDaemonFile } from '../../src/main/configuration/daemon-file-migration'
import { Engine } from '../../src/main/engine/engine'
import { createLog } from '../../src/main/host/log'
import { defaultSettings } from '../../src/main/settings/settings-defaults'
import { SettingsStore } from '../../src/main/settings/settings-store'
import { Machine } from '../../src/main/machine/machine'
import { eventually } from '../support/engine-fixture'
import { machineSettings, temporaryPaths } from '../support/machine-fixture'

describe('the daemon.json of an older Berth', () => {
  let machine: Machine | undefined
  afterAll(() => machine?.stop())

  it('is taken over; when dockerd does not start with it, the machine starts without, and it is kept', async () => {
    const paths = await temporaryPaths()
    const log = createLog(paths.logs)
    const daemon = { 'seccomp-profile': '/nowhere', debug: false }
    await mkdir(paths.machine, { recursive: true })
    await writeFile(join(paths.machine, 'daemon.json'), JSON.stringify(daemon))
    const defaults = { ...defaultSettings(), machine: machineSettings }
    const settings = await SettingsStore.open(paths.home, log, defaults)
    await moveDaemonFile(paths, settings, log)
    expect(settings.current.daemon).toEqual(daemon)
    expect(await readdir(paths.machine)).toEqual(['daemon.json.migrated'])

    const mine: Machine = new Machine({
      paths,
      log,
      settings: () => settings.current.machine,
      guestFiles: () => configuration.guestFiles(),
      waitForEngine: (_link, signal) => engine.waitUntilReady(signal),
    })
    machine = mine
    const engine = new Engine({ link: mine.link })
    const configuration: Configuration = new Configuration({
      paths,
      log,
      settings,
      machine: mine,
      engine,
      dns: { problem: undefined, serve: () => Promise.resolve() },
      systemProxy: () => Promise.resolve(undefined),
    })
    await expect(mine.start()).rejects.toMatchObject({ code: 'machine.engine-failed' })
    expect(mine.state.phase).toBe('failed')

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
