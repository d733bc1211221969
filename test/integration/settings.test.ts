import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { daemonFile } from '../../src/main/configuration/daemon-file'
import { machineProxy } from '../../src/main/network/machine-proxy'
import { EngineConfiguration, type EngineFiles } from '../../src/main/configuration/engine-configuration'
import type { ProxySettings } from '../../src/shared/settings'
import { daemonOptions } from '../../src/shared/daemon-options'
import { certificateAuthority, serverCertificate } from '../support/certificates'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { HttpProxy } from '../support/http-proxy'
import { theMachine } from '../support/machine-fixture'
import { hostFromMachine, Registry } from '../support/registry'

const insecure = [`${hostFromMachine}/32`]
/** The configuration with which the machine of this test run has started. */
const original: EngineFiles = {
  daemon: daemonFile({ registries: { mirrors: [], insecure, certificates: [] }, daemon: {} }, undefined),
  certificates: '',
}

describe('engine settings', () => {
  let fixture: EngineFixture
  let configuration: EngineConfiguration
  let desired = original

  /** Changes the desired configuration, as changed settings would. */
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

  it('need no restart right after the machine has started with them', () => {
    expect(configuration.pending).toBeUndefined()
  })

  it('take effect immediately if dockerd can reload them', async () => {
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

  it('have no effect if dockerd rejects them', async () => {
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

  it('may only have options that dockerd knows', async () => {
    const empty = Object.fromEntries(Object.keys(daemonOptions).map((key) => [key, null]))
    const file = JSON.stringify({ ...empty, proxies: {} })
    const script = 'cat >/tmp/options.json; dockerd --validate --config-file /tmp/options.json'
    const { stderr } = await fixture.machine.link.exec(script, { input: file })
    expect(stderr).not.toContain('match any configuration option')
  })

  it('are undone if dockerd cannot start with them, and containers keep running', async () => {
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

  it('take effect after a restart of dockerd if they need one, and containers keep running', async () => {
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

  it('that need a restart of dockerd are refused in swarm mode, because containers cannot keep running', async () => {
    const { link } = fixture.machine
    await link.exec('docker swarm init')
    try {
      const before = await daemonIds()
      await want({ 'log-driver': 'json-file', 'log-opts': { 'max-size': '1m' } })
      await expect(configuration.restart()).rejects.toMatchObject({ code: 'settings.engine-in-swarm' })
      expect(await daemonIds()).toBe(before)
    } finally {
      await link.exec('docker swarm leave --force')
    }
    await configuration.restart()
    expect(configuration.pending).toBeUndefined()
  })

  describe.runIf(hasDockerCli)('for certificates and the proxy', () => {
    /** A name that only the proxy knows. */
    const proxied = 'registry.proxied.test:5000'
    const { signal } = new AbortController()
    const authority = certificateAuthority('Berth Test Registries')
    let secure: Registry
    let plain: Registry
    let proxy: HttpProxy

    async function push(reference: string): Promise<void> {
      await fixture.docker.run('tag', busybox, reference)
      await fixture.docker.run('push', '--quiet', reference)
      await fixture.engine.images.remove(reference, true)
    }
    async function pull(reference: string): Promise<void> {
      const progress = fixture.engine.images.pull(reference, { signal })
      while ((await progress.next()).done !== true);
      await fixture.engine.images.get(reference)
    }

    beforeAll(async () => {
      secure = await Registry.start({ tls: serverCertificate(authority, hostFromMachine) })
      plain = await Registry.start()
      proxy = await HttpProxy.listen({ port: Number(new URL(plain.url).port) })
      for (const { name } of [secure, plain]) await push(`${name}/app:1`)
    })
    afterAll(async () => {
      proxy.close()
      await secure.stop()
      await plain.stop()
    })

    it('do not let the engine trust a registry before the user has added the registry’s authority', async () => {
      await want({ 'insecure-registries': [] })
      const insecureNow = () =>
        fixture.docker.run('info', '--format', '{{json .RegistryConfig.InsecureRegistryCIDRs}}')
      await eventually(insecureNow).not.toContain(hostFromMachine)
      await expect(pull(`${secure.name}/app:1`)).rejects.toMatchObject({ code: 'registry.untrusted' })
    })

    it('let the engine trust a registry whose authority the user has added, and pull through the host’s proxy', async () => {
      const registries = { mirrors: [], insecure: [proxied], certificates: [] }
      const manual: ProxySettings = { mode: 'manual', http: proxy.address, https: proxy.address, exclude: [] }
      const throughProxy = await machineProxy(manual, () => Promise.resolve(undefined))
      await want(daemonFile({ registries, daemon: {} }, throughProxy), authority.certificate)
      expect(configuration.pending).toMatchObject({
        keys: expect.arrayContaining(['proxies', 'certificates']) as string[],
        keepsContainers: true,
      })
      await configuration.restart()
      await pull(`${secure.name}/app:1`)
      expect(proxy.requests).toEqual([])
      await pull(`${proxied}/app:1`)
      expect(proxy.requests).toContain(`GET http://${proxied}/v2/`)
    })
  })
})
