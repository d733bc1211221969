import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { delay } from '../../src/main/lib'

/** The message that requests an ssh-agent's keys (SSH_AGENTC_REQUEST_IDENTITIES), as an argument of printf. */
export const requestIdentities = String.raw`\000\000\000\001\013`

export interface SshAgent {
  path: string
  /** The agent's public key, in hexadecimal digits. */
  key: string
  close: () => Promise<void>
}

/** Starts an ssh-agent on this computer, with one key. The agent's socket is in `folder`. */
export async function sshAgent(folder: string): Promise<SshAgent> {
  const path = join(folder, 'agent.sock')
  const agent = spawn('ssh-agent', ['-D', '-a', path], { stdio: 'ignore' })
  for (let tries = 0; !existsSync(path) && tries < 300; tries += 1) await delay(100)
  const file = join(folder, 'id_ed25519')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: path } })
  const [, key = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return {
    path,
    key: Buffer.from(key, 'base64').toString('hex'),
    close: async () => {
      agent.kill()
      if (agent.exitCode === null) await once(agent, 'exit')
    },
  }
}

/** Builds test/support/unix-client.c for containers. */
export function unixClient(file: string): void {
  execFileSync('gcc', ['-static', '-o', file, 'test/support/unix-client.c'])
}
