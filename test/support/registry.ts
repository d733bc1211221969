import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { delay, freePort, guestNetwork } from '../../src/main/lib'
import type { KeyPair } from './certificates'

/** The address at which the machine reaches the host's loopback (QEMU's user network). */
export const hostFromMachine = guestNetwork.host

/** A user that a registry accepts. `htpasswd` is this user's line of an htpasswd file, with a bcrypt hash. */
export const registryUser = {
  username: 'somebody',
  password: 'correct horse',
  htpasswd: 'somebody:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n',
}

/** Debian's docker-registry on the host's loopback. It starts empty and has its own folder. */
export class Registry {
  /** The registry's name in the machine, for example `10.0.2.2:5000`. */
  readonly name: string
  /** The registry's URL on the host. */
  readonly url: string
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(parts: { name: string; url: string; process: ChildProcess; folder: string }) {
    this.name = parts.name
    this.url = parts.url
    this.#process = parts.process
    this.#folder = parts.folder
  }

  /**
   * `users` are the lines of an htpasswd file. If it is set, the registry accepts only these users. With `tls`, the
   * registry speaks HTTPS.
   */
  static async start({ users, tls }: { users?: string; tls?: KeyPair } = {}): Promise<Registry> {
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), 'berth-registry-'))
    const config = join(folder, 'config.yml')
    const keep = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text, { mode: 0o600 })
      return JSON.stringify(join(folder, name))
    }
    await writeFile(
      config,
      [
        'version: 0.1',
        'log: { level: error }',
        `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, 'data'))} } }`,
        `http:`,
        `  addr: "127.0.0.1:${String(port)}"`,
        ...(tls === undefined
          ? []
          : [
              `  tls: { certificate: ${await keep('crt', tls.certificate)}, key: ${await keep('key', tls.key)} }`,
            ]),
        ...(users === undefined
          ? []
          : [`auth: { htpasswd: { realm: test, path: ${await keep('htpasswd', users)} } }`]),
      ].join('\n'),
    )
    const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    const registry = new Registry({
      name: `${hostFromMachine}:${String(port)}`,
      url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
      process: child,
      folder,
    })
    await Promise.race([
      registry.#answers(),
      once(child, 'error').then(([error]) => Promise.reject(error as Error)),
      once(child, 'exit').then(([code]) =>
        Promise.reject(new Error(`docker-registry ended: ${String(code)}`)),
      ),
    ])
    return registry
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    const port = Number(new URL(this.url).port)
    while (!(await accepts(port))) await delay(50)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => {
      answer(true)
    })
    socket.once('error', () => {
      answer(false)
    })
  })
}
