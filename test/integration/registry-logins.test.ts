import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { Engine } from '../../src/main/engine/engine'
import { createLog } from '../../src/main/host/log'
import { RegistryLogins } from '../../src/main/registries/registry-logins'
import { FakeCredentialHelper } from '../support/credential-helper'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { hostFromMachine, Registry, registryUser } from '../support/registry'

const { username, password } = registryUser

/** Uses the same services as the window: the engine tries the login, and each pull looks up the login. */
describe.runIf(hasDockerCli)('a login to a registry', () => {
  let fixture: EngineFixture
  let registry: Registry
  let home: string
  let helper: FakeCredentialHelper
  let image: string
  let engine: Engine
  let logins: RegistryLogins

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    home = await mkdtemp(join(tmpdir(), 'berth-logins-'))
    helper = await FakeCredentialHelper.install(join(home, 'helper'), 'secretservice')
    engine = new Engine({ link: fixture.machine.link })
    logins = new RegistryLogins({
      home,
      dockerConfigFolder: fixture.docker.folder,
      env: { PATH: helper.path },
      platform: 'linux',
      log: createLog(join(home, 'logs')),
      engine,
    })
    registry = await Registry.start({ users: registryUser.htpasswd })
    image = `${registry.name}/private:1`
    const login = ['login', '--username', username, '--password', password, registry.name]
    await fixture.docker.run(...login)
    await fixture.docker.run('tag', busybox, image)
    await fixture.docker.run('push', '--quiet', image)
    await fixture.docker.run('logout', registry.name)
  })
  afterAll(async () => {
    engine.close()
    await registry.stop()
    await fixture.close()
    await rm(home, { recursive: true, force: true })
  })

  /** Pulls the image from the registry, even if it is already in the machine. */
  async function pull(): Promise<void> {
    if ((await engine.images.find(image)) !== undefined) await engine.images.remove(image, true)
    const progress = engine.images.pull(image, {
      signal: new AbortController().signal,
      login: await logins.forImage(image),
    })
    while ((await progress.next()).done !== true);
    await engine.images.get(image)
  }

  it('with a wrong password is refused and not stored', async () => {
    const wrong = randomBytes(12).toString('hex')
    const request = { registry: registry.name, username, password: wrong }
    await expect(logins.logIn(request)).rejects.toMatchObject({
      code: 'login.refused',
      params: { registry: registry.name },
    })
    expect(await helper.store()).toEqual({})
    await expect(pull()).rejects.toMatchObject({ code: 'registry.denied', params: { image } })
  })

  it('fails with a different error for an unreachable registry than for a refused password', async () => {
    const name = `${hostFromMachine}:${String(await freePort())}`
    await expect(logins.logIn({ registry: name, username, password })).rejects.toMatchObject({
      code: 'login.unreachable',
      params: { registry: name, reason: expect.stringContaining('connection refused') as string },
    })
  })

  it('allows pulls of private images until the user logs out', async () => {
    await logins.logIn({ registry: registry.name, username, password })
    expect((await logins.list()).logins).toEqual([
      { registry: registry.name, username, keptIn: 'helper', helper: 'secretservice' },
    ])
    await pull()
    await engine.probeRegistry(image, AbortSignal.timeout(20_000), await logins.forImage(image))
    await logins.logOut(registry.name)
    await expect(pull()).rejects.toMatchObject({ code: 'registry.denied' })
    expect(await helper.calls()).not.toContain(password)
    expect(await readFile(join(home, 'logs', 'berth.log'), 'utf8')).not.toContain(password)
  })

  it('made with the Docker CLI also works in the window', async () => {
    const login = ['login', '--username', username, '--password', password, registry.name]
    await fixture.docker.run(...login)
    expect((await logins.list()).logins).toEqual([{ registry: registry.name, username, keptIn: 'docker' }])
    await pull()
    await fixture.docker.run('logout', registry.name)
    await expect(pull()).rejects.toMatchObject({ code: 'registry.denied' })
  })
})
