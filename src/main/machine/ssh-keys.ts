import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import { berthFile } from '../host'
import { ensurePrivateFolder, systemErrorCode, writePrivateFile } from '../lib'

/** A key pair in OpenSSH's formats. */
export interface KeyPair {
  privateKey: string
  /** `ssh-ed25519 AAAA…` */
  publicKey: string
}

/** The keys of one installation: who the machine is, and who may enter it. */
export interface MachineKeys {
  host: KeyPair
  client: KeyPair
}

/** Reads the installation's keys from `folder`, making those that are not there. Only this user can read them. */
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
  // Without its comment, as it is when it is read again: the guest gets the same files at every start.
  return { privateKey, publicKey: publicKey.split(' ').slice(0, 2).join(' ') }
}

/** Makes a pair. ssh2 1.17 writes one in some hundred so that it cannot read it itself: such a one is thrown away. */
export function newKeyPair(comment?: string): KeyPair {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519', comment === undefined ? {} : { comment })
    if (!(ssh2.utils.parseKey(made.private) instanceof Error))
      return { privateKey: made.private, publicKey: made.public }
  }
}

/** A key that cannot be read is made anew: the machine takes both keys from the host at every start. */
async function readKey(file: string): Promise<KeyPair | undefined> {
  let privateKey: string
  try {
    privateKey = await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) return undefined
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}` }
}
