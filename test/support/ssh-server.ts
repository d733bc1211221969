import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import type { SshTarget } from '../../src/main/ssh/ssh-connection'

const { Server, utils } = ssh2

export interface SshServerOptions {
  /** What a command prints and returns; without it commands never end. */
  onExec?: (command: string, channel: ServerChannel) => void
  /** What happens on a unix socket's stream: it may also be refused, or never answered. */
  onUnixSocket?: (path: string) => ((channel: ServerChannel) => void) | 'refuse' | 'silence'
  onShell?: (channel: ServerChannel, environment: Record<string, string>) => void
  /** Accepts any key by default. */
  acceptsKey?: boolean
  port?: number
  hostKey?: { private: string; public: string }
}

/** A real SSH server in this process, with the requests that Berth makes of the machine's. */
export class SshServer {
  readonly hostKey: { private: string; public: string }
  readonly #server: ssh2.Server
  readonly #connections = new Set<Connection>()
  connectionCount = 0

  private constructor(options: SshServerOptions) {
    this.hostKey = options.hostKey ?? utils.generateKeyPairSync('ed25519')
    this.#server = new Server({ hostKeys: [this.hostKey.private], ident: 'OpenSSH_9.9' }, (connection) => {
      this.#onConnection(connection, options)
    })
  }

  static async listen(options: SshServerOptions = {}): Promise<SshServer> {
    const server = new SshServer(options)
    server.#server.listen(options.port ?? 0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Where this server is, with a key of a client that it accepts. */
  target(): SshTarget {
    return {
      host: '127.0.0.1',
      port: this.port,
      username: 'root',
      privateKey: utils.generateKeyPairSync('ed25519').private,
      hostKey: this.hostKey.public,
    }
  }

  /** Cuts every connection. */
  dropConnections(): void {
    for (const connection of this.#connections) connection.end()
  }

  async close(): Promise<void> {
    this.dropConnections()
    if (!this.#server.address()) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #onConnection(connection: Connection, options: SshServerOptions): void {
    this.connectionCount += 1
    this.#connections.add(connection)
    connection.on('error', () => undefined)
    connection.once('close', () => this.#connections.delete(connection))
    connection.on('authentication', (context) => {
      if (context.method === 'publickey' && options.acceptsKey !== false) context.accept()
      else context.reject(['publickey'])
    })
    connection.on('session', (accept) => {
      const environment: Record<string, string> = {}
      const session = accept()
      session.on('env', (_accept, _reject, info: { key: string; val: string }) => {
        environment[info.key] = info.val
      })
      session.on('pty', (acceptPty) => {
        acceptPty()
      })
      session.on('exec', (acceptExec, _reject, info) => {
        options.onExec?.(info.command, acceptExec())
      })
      session.on('shell', (acceptShell) => {
        options.onShell?.(acceptShell(), environment)
      })
    })
    connection.on('openssh.streamlocal', (accept, reject, info) => {
      const answer = options.onUnixSocket?.(info.socketPath) ?? 'refuse'
      if (answer === 'refuse') reject()
      else if (answer !== 'silence') answer(accept())
    })
  }
}
