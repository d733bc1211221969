import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineKeys, newKeyPair } from '../../../../src/main/machine/ssh-keys'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-keys-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the keys of an installation', () => {
  it('are made once and read again', async () => {
    const made = await machineKeys(folder)
    const again = await machineKeys(folder)
    expect(again.host.privateKey).toBe(made.host.privateKey)
    expect(again.client.privateKey).toBe(made.client.privateKey)
    expect(made.host.privateKey).not.toBe(made.client.privateKey)
    // A new public key has no comment, and neither has a public key that is made from the private key file.
    expect(made.host.publicKey).toContain(again.host.publicKey)
  })

  it('are ed25519 pairs', async () => {
    const { client } = await machineKeys(folder)
    const key = ssh2.utils.parseKey(client.privateKey)
    if (key instanceof Error) throw key
    expect(key.type).toBe('ssh-ed25519')
    expect(client.publicKey.split(' ')[1]).toBe(key.getPublicSSH().toString('base64'))
  })

  it('can always be parsed', () => {
    const keys = Array.from({ length: 1_000 }, () => newKeyPair().privateKey)
    expect(keys.filter((key) => ssh2.utils.parseKey(key) instanceof Error)).toEqual([])
  })

  it('are the same at every start', async () => {
    expect(await machineKeys(folder)).toEqual(await machineKeys(folder))
  })

  it('can be read only by this user', async () => {
    await machineKeys(folder)
    for (const name of ['ssh_host_ed25519_key', 'id_ed25519']) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    }
  })

  it('are made again when they are damaged', async () => {
    const made = await machineKeys(folder)
    await writeFile(join(folder, 'id_ed25519'), 'not a key')
    const again = await machineKeys(folder)
    expect(again.client.privateKey).not.toBe(made.client.privateKey)
    expect(again.host.privateKey).toBe(made.host.privateKey)
  })
})
