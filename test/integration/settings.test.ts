import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { daemonFile } from '../../src/main/configuration/daemon-file'
import { EngineConfiguration, type EngineFiles } from '../../src/main/configuration/engine-configuration'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { theMachine } from '../support/machine-fixture'
import { hostFromMachine } from '../support/registry'

const insecure = [`${hostFromMachine}/32`]
/** What the run's machine was started with. */
const original: EngineFiles = {
  daemon: daemonFile({ registries: { mirrors: [], insecure, certificates: [] }, daemon: {} }, undefined),
  certificates: '',
}

describe('the settings of the engine', () => {
  let fixture: EngineFixture
  let configuration: EngineConfiguration
  let desired = original

  /** The settings have changed. */
  async function want(daemon: EngineFiles['daemon'], certificates = ''): Promise<void> {
    desired = { daemon: { ...original.daemon, ...daemon }, certificates }
    await configuration.update()
  }
  const daemonIds = async () => (await fixture.machine.link.exec('pidof dockerd')).stdout

  beforeAll(async () => {
    const { log } = await theMachine()
    fixture = await EngineFixture.open()
    const { engine, machine } = fixture
    configuration = new EngineConfiguration({
      link: machine.link,
      engine,
      desired: () => Promise.resolve(desired),
      log,
    })
    await configuration.attach()
  })
  afterAll(async () => {
    await want({})
    if (configuration.pending !== undefined) await configuration.restart()
    await fixture.close()
  })

  it('are those that the machine was started with', () => {
    expect(configuration.pending).toBeUndefined()
  })

  it('apply at once where dockerd can take them over', async () => {
    const before = await daemonIds()
    await want({ 'registry-mirrors': ['http://10.0.2.2:1/'] })
    expect(configuration.pending).toBeUndefined()
    await eventually(() => fixture.docker.run('info', '--format', '{{json .RegistryConfig.Mirrors}}')).toBe(
      '["http://10.0.2.2:1/"]',
    )
    await want({})
    await eventually(() => fixture.docker.run('info', '--format', '{{json .RegistryConfig.Mirrors}}')).toBe(
      'null',
    )
    expect(await daemonIds()).toBe(before)
  })

  it('that dockerd refuses change nothing', async () => {
    const before = await daemonIds()
    await want({ 'log-level': 'info', 'seccomp-profile': '/nowhere', 'default-shm-size': 'huge' })
    expect(configuration.pending).toMatchObject({
      keys: ['default-shm-size', 'log-level', 'seccomp-profile'],
      keepsContainers: true,
    })
    await expect(configuration.restart()).rejects.toMatchObject({
      code: 'settings.daemon-rejected',
      params: { reason: expect.stringMatching(/size|huge/) as string },
    })
    expect(await daemonIds()).toBe(before)
  })

  it('that dockerd does not start with are taken back, and running containers never notice', async () => {
    const { id } = await fixture.run({ name: 'lasting' })
    const { startedAt } = await fixture.engine.containers.get(id)
    await want({ 'seccomp-profile': '/nowhere' })
    await expect(configuration.restart()).rejects.toMatchObject({
      code: 'settings.engine-restored',
      params: { reason: expect.stringContaining('/nowhere') as string },
    })
    expect(configuration.pending).toMatchObject({ keys: ['seccomp-profile'] })
    expect(await fixture.engine.containers.get(id)).toMatchObject({ state: 'running', startedAt })
  })

  it('that need a restart of dockerd apply with it, and running containers go on', async () => {
    const { id } = await fixture.run({ name: 'going-on' })
    const before = await fixture.engine.containers.get(id)
    await want({ 'log-driver': 'local' })
    await configuration.restart()
    expect(configuration.pending).toBeUndefined()
    expect(await fixture.docker.run('info', '--format', '{{.LoggingDriver}}')).toBe('local')
    expect(await fixture.engine.containers.get(id)).toMatchObject({
      state: 'running',
      startedAt: before.startedAt,
    })
    await eventually(() => fixture.docker.run('info', '--format', '{{.LiveRestoreEnabled}}')).toBe('false')
    const { stdout } = await fixture.machine.link.exec('cat /etc/docker/daemon.json')
    expect(JSON.parse(stdout)).toMatchObject({ 'log-driver': 'local', 'live-restore': false })
  })
})
