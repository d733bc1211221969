import ssh2 from 'ssh2'
import { berthFile } from '../host'
import { ensurePrivateFolder, readText, writePrivateFile } from '../lib'

/** A key pair in OpenSSH's formats. */
export interface KeyPair {
  privateKey: string
  /** `ssh-ed25519 AAAA…` */
  publicKey: string
}

/** The keys of one installation: the machine's host key, and the key with which Berth logs in to it. */
export interface MachineKeys {
  host: KeyPair
  client: KeyPair
}

/** Reads the installation's keys from `folder`, and makes the missing ones. Only this user can read the files. */
export async function machineKeys(folder: string): Promise<MachineKeys> {
  await ensurePrivateFolder(folder)
  const [host, client] = await Promise.all([
    keyPair(berthFile({ machine: folder }, 'machineHostKey'), 'berth-machine'),
    keyPair(berthFile({ machine: folder }, 'machineClientKey'), 'berth'),
  ])
  return { host, client }
}

async function keyPair(file: string, comment: string): Promise<KeyPair> {
  const existing = await readKey(file)
  if (existing) return existing
  const { privateKey, publicKey } = newKeyPair(comment)
  await writePrivateFile(file, privateKey)
  // The comment is removed, because a key that is read from its file has none. The guest gets the same text each time.
  return { privateKey, publicKey: publicKey.split(' ').slice(0, 2).join(' ') }
}

/** Makes a pair. ssh2 1.17 cannot read about one in 250 keys that it makes itself. Such keys are discarded. */
export function newKeyPair(comment?: string): KeyPair {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', comment === undefined ? {} : { comment })
    if (!(ssh2.utils.parseKey(made.private) instanceof Error))
      return { privateKey: made.private, publicKey: made.public }
  }
}

/** Undefined for a damaged key too. A new key can replace it, because the machine gets both keys at every start. */
async function readKey(file: string): Promise<KeyPair | undefined> {
  const privateKey = await readText(file)
  if (privateKey === undefined) return undefined
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) return undefined
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}` }
}
