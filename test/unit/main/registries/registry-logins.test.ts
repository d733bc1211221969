import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../../../src/main/host/log'
import { RegistryLogins, type RegistryLoginsOptions } from '../../../../src/main/registries/registry-logins'
import { BerthError } from '../../../../src/shared/errors'
import { FakeCredentialHelper } from '../../../support/credential-helper'

const password = 'planted-password/+1'
const request = { registry: 'ghcr.io', username: 'me', password }

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-logins-'))
  await mkdir(join(home, 'docker'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

function logins(changes: Partial<RegistryLoginsOptions> = {}): RegistryLogins {
  return new RegistryLogins({
    home,
    dockerConfigFolder: join(home, 'docker'),
    env: { PATH: join(home, 'bin') },
    platform: 'linux',
    engine: { checkLogin: () => Promise.resolve(undefined) },
    log: createLog(join(home, 'logs')),
    ...changes,
  })
}

/** An engine whose registries issue an identity token. */
const issuing = (token: string) => ({ checkLogin: () => Promise.resolve(token) })
const helper = (name: string) => FakeCredentialHelper.install(join(home, 'helper'), name)
const ownFile = () => join(home, 'registry-logins.json')
const configFile = () => join(home, 'docker', 'config.json')
const config = (content: unknown) => writeFile(configFile(), JSON.stringify(content))
const auth = (user: string, secret: string) => Buffer.from(`${user}:${secret}`).toString('base64')

/** Returns the login that a pull of an image would send. */
async function shown(of: RegistryLogins, image: string): Promise<unknown> {
  const { header } = await of.forImage(image)
  return header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64url').toString())
}

describe('without a credential store', () => {
  it('a login goes to a file that only this user can read, and pulls send the login', async () => {
    const of = logins()
    await of.logIn(request)
    expect((await stat(ownFile())).mode & 0o777).toBe(0o600)
    expect(await shown(of, 'ghcr.io/me/app:1')).toEqual({
      username: 'me',
      password,
      serveraddress: 'ghcr.io',
    })
    expect(await shown(of, 'quay.io/me/app:1')).toBeUndefined()
    expect(await shown(of, 'app')).toBeUndefined()
    expect(await logins().list()).toEqual({
      logins: [{ registry: 'ghcr.io', username: 'me', keptIn: 'berth' }],
      problems: [],
    })
    await of.logOut('ghcr.io')
    expect(await shown(of, 'ghcr.io/me/app:1')).toBeUndefined()
    expect(await readFile(ownFile(), 'utf8')).not.toContain('ghcr.io')
  })

  it('Docker Hub has the same name as in the Docker CLI', async () => {
    const of = logins()
    await of.logIn({ ...request, registry: 'docker.io' })
    for (const image of ['app', 'me/app:1', 'docker.io/me/app', 'index.docker.io/me/app'])
      expect(await shown(of, image)).toMatchObject({ serveraddress: 'https://index.docker.io/v1/' })
  })

  it('the token that a registry issues is kept instead of the password', async () => {
    const of = logins({ engine: issuing('planted-token') })
    await of.logIn(request)
    expect(await shown(of, 'ghcr.io/app')).toEqual({
      identitytoken: 'planted-token',
      serveraddress: 'ghcr.io',
    })
    expect(await readFile(ownFile(), 'utf8')).not.toContain(auth('me', password))
  })

  it('a login that the registry refuses is not kept', async () => {
    const refused = new BerthError('login.refused', { registry: 'ghcr.io' })
    const engine = { checkLogin: () => Promise.reject(refused) }
    await expect(logins({ engine }).logIn(request)).rejects.toMatchObject({ code: 'login.refused' })
    await expect(stat(ownFile())).rejects.toThrow('ENOENT')
  })

  it('two simultaneous logins are both kept', async () => {
    const of = logins()
    await Promise.all([of.logIn(request), of.logIn({ ...request, registry: 'quay.io' })])
    expect((await of.list()).logins.map(({ registry }) => registry)).toEqual(['ghcr.io', 'quay.io'])
  })

  it('a broken file is reported and not changed, and public images can still be pulled', async () => {
    await writeFile(ownFile(), `{"auths": "${password}`)
    const of = logins()
    await expect(of.logIn(request)).rejects.toMatchObject({ code: 'login.file-broken' })
    expect(await of.forImage('ghcr.io/app')).toMatchObject({ problem: { code: 'login.file-broken' } })
    const { problems } = await of.list()
    expect(problems).toEqual([{ code: 'login.file-broken', params: { file: ownFile() } }])
    expect(await readFile(ownFile(), 'utf8')).toBe(`{"auths": "${password}`)
  })
})

describe('with a credential helper', () => {
  it('that config.json names, the helper keeps a login, and gets the secret only on standard input', async () => {
    const fake = await helper('mine')
    await config({ credsStore: 'mine', HttpHeaders: { X: 'y' } })
    const before = await readFile(configFile(), 'utf8')
    const of = logins({ env: { PATH: fake.path } })
    await of.logIn(request)
    expect(await fake.store()).toEqual({
      'ghcr.io': { ServerURL: 'ghcr.io', Username: 'me', Secret: password },
    })
    expect(await of.list()).toEqual({
      logins: [{ registry: 'ghcr.io', username: 'me', keptIn: 'helper', helper: 'mine' }],
      helper: 'mine',
      problems: [],
    })
    expect(await shown(of, 'ghcr.io/app')).toEqual({ username: 'me', password, serveraddress: 'ghcr.io' })
    await of.logOut('ghcr.io')
    expect(await fake.store()).toEqual({})
    expect(await shown(of, 'ghcr.io/app')).toBeUndefined()
    const calls = await fake.calls()
    expect(calls).toContain('"args":["store"]')
    expect(calls).not.toContain('planted')
    await expect(stat(ownFile())).rejects.toThrow('ENOENT')
    expect(await readFile(configFile(), 'utf8')).toBe(before)
  })

  it('an identity token is stored under the user name that the Docker CLI uses for tokens', async () => {
    const fake = await helper('mine')
    await config({ credsStore: 'mine' })
    const of = logins({ env: { PATH: fake.path }, engine: issuing('planted-token') })
    await of.logIn(request)
    expect(await fake.store()).toMatchObject({ 'ghcr.io': { Username: '<token>', Secret: 'planted-token' } })
    expect(await shown(of, 'ghcr.io/app')).toMatchObject({ identitytoken: 'planted-token' })
    expect((await of.list()).logins).toMatchObject([{ registry: 'ghcr.io', username: '' }])
  })

  it("that is the platform's own, the helper is used without a config.json", async () => {
    const fake = await helper('secretservice')
    const of = logins({ env: { PATH: fake.path } })
    await of.logIn(request)
    expect(Object.keys(await fake.store())).toEqual(['ghcr.io'])
  })

  it("that is the platform's own but does not work, the helper is skipped", async () => {
    const fake = await helper('secretservice')
    await fake.fail('cannot autolaunch D-Bus without X11')
    const of = logins({ env: { PATH: fake.path } })
    await of.logIn(request)
    expect(await of.list()).toMatchObject({ logins: [{ keptIn: 'berth' }], problems: [] })
  })

  it('that config.json names for one registry, the helper keeps only logins to that registry', async () => {
    const fake = await helper('mine')
    await config({ credHelpers: { 'ghcr.io': 'mine' } })
    const of = logins({ env: { PATH: fake.path } })
    await of.logIn(request)
    await of.logIn({ ...request, registry: 'quay.io' })
    expect(Object.keys(await fake.store())).toEqual(['ghcr.io'])
    expect((await of.list()).logins).toMatchObject([
      { registry: 'ghcr.io', keptIn: 'helper' },
      { registry: 'quay.io', keptIn: 'berth' },
    ])
  })

  it('that fails, a login fails and is not stored, and no message contains the password', async () => {
    const fake = await helper('mine')
    await config({ credsStore: 'mine' })
    await fake.fail(`the store is locked: ${password}`)
    const of = logins({ env: { PATH: fake.path } })
    const failure: unknown = await of.logIn(request).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'login.helper-failed', params: { helper: 'mine' } })
    expect(JSON.stringify(failure)).toContain('the store is locked')
    expect(JSON.stringify(failure)).not.toContain('planted')
    await expect(stat(ownFile())).rejects.toThrow('ENOENT')
    expect(await of.forImage('ghcr.io/app')).toMatchObject({ problem: { code: 'login.helper-failed' } })
    expect(await readFile(join(home, 'logs', 'berth.log'), 'utf8')).not.toContain('planted')
  })

  it('that gives an invalid answer, an error is reported without the answer’s text', async () => {
    const fake = await helper('mine')
    await config({ credsStore: 'mine' })
    await writeFile(join(home, 'helper', 'store.json'), '{"ghcr.io": "planted-nonsense"}')
    const { problem } = await logins({ env: { PATH: fake.path } }).forImage('ghcr.io/app')
    expect(problem).toMatchObject({ code: 'login.helper-failed' })
    expect(JSON.stringify(problem?.toData())).not.toContain('planted')
  })

  it.skipIf(process.platform === 'win32')(
    'that does not answer in time, the call fails, even if a child process of the helper still runs',
    async () => {
      await mkdir(join(home, 'helper'))
      const program = join(home, 'helper', 'docker-credential-mine')
      // The shell's child keeps the output open after the shell has been ended.
      await writeFile(program, '#!/bin/sh\n/bin/sleep 30\n:\n', { mode: 0o755 })
      await config({ credsStore: 'mine' })
      const of = logins({ env: { PATH: join(home, 'helper') }, helperMs: 200 })
      expect(await of.forImage('ghcr.io/app')).toMatchObject({
        problem: {
          code: 'login.helper-failed',
          params: { helper: 'mine', reason: 'no answer within 0.2 s' },
        },
      })
    },
  )

  it('that is not installed, the problem is reported and a login goes to Berth’s own file', async () => {
    await config({ credsStore: 'desktop' })
    const of = logins()
    expect(await of.forImage('ghcr.io/app')).toMatchObject({ problem: { code: 'login.helper-missing' } })
    await of.logIn(request)
    expect(await of.list()).toMatchObject({
      logins: [{ registry: 'ghcr.io', keptIn: 'berth' }],
      problems: [{ code: 'login.helper-missing', params: { helper: 'desktop', file: configFile() } }],
    })
    expect((await of.list()).helper).toBeUndefined()
    expect(await shown(of, 'ghcr.io/app')).toMatchObject({ username: 'me' })
    await of.logOut('ghcr.io')
    expect((await of.list()).logins).toEqual([])
  })

  it.each(['../evil', 'a/b', 'x;touch y'])(
    'whose name contains a path or a shell command, the helper is reported as missing: %s',
    async (name) => {
      await config({ credsStore: name })
      expect(await logins().forImage('ghcr.io/app')).toMatchObject({
        problem: { code: 'login.helper-missing' },
      })
    },
  )
})

describe('a login of the Docker CLI', () => {
  it('in its config.json is used and listed, and that file is never written', async () => {
    await config({
      auths: {
        'https://index.docker.io/v1/': { auth: auth('hub', 'planted-hub') },
        'https://quay.io/v2/': { auth: auth('old', 'planted-old') },
        'ghcr.io': { identitytoken: 'planted-token' },
        'empty.example': {},
      },
    })
    const before = await readFile(configFile(), 'utf8')
    const of = logins()
    expect(await shown(of, 'app')).toMatchObject({ username: 'hub', password: 'planted-hub' })
    expect(await shown(of, 'quay.io/app')).toMatchObject({ username: 'old' })
    expect(await shown(of, 'ghcr.io/app')).toMatchObject({ identitytoken: 'planted-token' })
    expect((await of.list()).logins).toEqual([
      { registry: 'docker.io', username: 'hub', keptIn: 'docker' },
      { registry: 'ghcr.io', username: '', keptIn: 'docker' },
      { registry: 'quay.io', username: 'old', keptIn: 'docker' },
    ])
    await expect(of.logOut('quay.io')).rejects.toMatchObject({ code: 'login.foreign' })
    expect(await readFile(configFile(), 'utf8')).toBe(before)
  })

  it("is overridden by a login that was made in Berth's window", async () => {
    await config({ auths: { 'ghcr.io': { auth: auth('cli', 'x') } } })
    const of = logins()
    await of.logIn(request)
    expect(await shown(of, 'ghcr.io/app')).toMatchObject({ username: 'me' })
    await of.logOut('ghcr.io')
    expect(await shown(of, 'ghcr.io/app')).toMatchObject({ username: 'cli' })
  })

  it('cannot be read from a broken config.json, and the error does not show the file’s content', async () => {
    await writeFile(configFile(), '{"auths": {"planted')
    const of = logins()
    const { problems } = await of.list()
    expect(problems).toEqual([{ code: 'docker.config-broken', params: { file: configFile() } }])
    expect(await of.forImage('ghcr.io/app')).toMatchObject({ problem: { code: 'docker.config-broken' } })
  })
})
