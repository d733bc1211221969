import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { credentials } from '../../../../../src/main/diagnostics/checks/credentials'
import { replaceCredentialStore } from '../../../../../src/main/diagnostics/fixes'
import { FakeCredentialHelper } from '../../../../support/credential-helper'
import { contextOf } from '../support'

let folder: string
let env: Record<string, string>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-credentials-'))
  env = { DOCKER_CONFIG: join(folder, 'docker'), PATH: join(folder, 'bin') }
  await mkdir(join(folder, 'docker'))
})
afterEach(() => rm(folder, { recursive: true }))

const file = () => join(folder, 'docker', 'config.json')
const host = () => ({ env, platform: 'linux' as const })
async function find(): Promise<string> {
  const { status, finding, fix } = await credentials.run(contextOf(host()), new AbortController().signal)
  return [status, finding, ...(fix === undefined ? [] : [fix])].join(' ')
}

/** A config.json that Docker Desktop left behind, and that the user has edited. */
const left = '{\n  "auths": {"ghcr.io": {}},\n\t"credsStore": "desktop",\n  "psFormat": "table {{.ID}}"\n}\n'

describe.skipIf(process.platform === 'win32')('the credential store of the Docker CLI', () => {
  it('is reported as not configured, installed, or not installed', async () => {
    expect(await find()).toBe('ok credentials.none')
    await writeFile(file(), '{}')
    expect(await find()).toBe('ok credentials.none')
    await writeFile(file(), left)
    expect(await find()).toBe('warning credentials.missing replace-credential-store')
    await FakeCredentialHelper.install(join(folder, 'bin'), 'desktop')
    expect(await find()).toBe('ok credentials.ok')
    await writeFile(file(), 'not JSON')
    expect(await find()).toBe('ok credentials.none')
  })

  it('that is not installed is removed from config.json, and the rest of the file stays', async () => {
    await writeFile(file(), left)
    await replaceCredentialStore(host())
    expect(await readFile(file(), 'utf8')).toBe(left.replace('\n\t"credsStore": "desktop",', ''))
    expect(await find()).toBe('ok credentials.none')
  })

  it('that is not installed is replaced by the platform’s own store, if the platform’s store works', async () => {
    await writeFile(file(), left)
    const own = await FakeCredentialHelper.install(join(folder, 'bin'), 'secretservice')
    env.PATH = own.path
    await replaceCredentialStore(host())
    expect(await readFile(file(), 'utf8')).toBe(left.replace('desktop', 'secretservice'))
    expect(await find()).toBe('ok credentials.ok')
  })

  it('is not changed in a config.json that cannot be parsed', async () => {
    await writeFile(file(), 'not JSON')
    await expect(replaceCredentialStore(host())).rejects.toMatchObject({ code: 'docker.config-broken' })
    expect(await readFile(file(), 'utf8')).toBe('not JSON')
  })
})
