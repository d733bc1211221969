import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import ssh2, { type Channel, type Connection, type ServerChannel } from 'ssh2'
import { listen } from '../../src/main/lib'
import { newKeyPair, type KeyPair } from '../../src/main/machine/ssh-keys'
import type { SshTarget } from '../../src/main/ssh/ssh-connection'

const { Server } = ssh2

export interface SshServerOptions {
  /** Writes a command's output and exit code. Without this function, commands never end. */
  onExec?: (command: string, channel: ServerChannel) => void
  /** Returns a function that serves the stream, `refuse` to refuse the request, or `silence` to leave it unanswered. */
  onUnixSocket?: (path: string) => ((channel: ServerChannel) => void) | 'refuse' | 'silence'
  onShell?: (channel: ServerChannel, environment: Record<string, string>) => void
  /** Whether the server accepts a key. By default, it accepts every key. */
  acceptsKey?: boolean
  port?: number
  hostKey?: KeyPair
}

/** A real SSH server in this process. It supports commands, shells and unix sockets, but no streams to TCP ports. */
export class SshServer {
  readonly hostKey: KeyPair
  /** The TCP server, which passes its connections on to the SSH server. */
  readonly #server = createServer()
  readonly #sockets = new Set<Socket>()
  readonly #connections = new Set<Connection>()
  /** The unix sockets on which the last client listens. */
  readonly #forwarded = new Set<string>()
  connectionCount = 0

  private constructor(options: SshServerOptions) {
    this.hostKey = options.hostKey ?? newKeyPair()
    const ssh = new Server({ hostKeys: [this.hostKey.privateKey], ident: 'OpenSSH_9.9' }, (connection) => {
      this.#onConnection(connection, options)
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      ssh.injectSocket(socket)
    })
  }

  static async listen(options: SshServerOptions = {}): Promise<SshServer> {
    const server = new SshServer(options)
    await listen(server.#server, { port: options.port ?? 0, host: '127.0.0.1' })
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Returns the address of this server, with its key and a client key that it accepts. */
  target(): SshTarget {
    return {
      host: '127.0.0.1',
      port: this.port,
      username: 'root',
      privateKey: newKeyPair().privateKey,
      hostKey: this.hostKey.publicKey,
    }
  }

  /** Stops reading, like a paused machine. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  thaw(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  /** Cuts every connection. */
  dropConnections(): void {
    for (const connection of this.#connections) connection.end()
  }

  /** Opens a connection to a unix socket on which the client listens. */
  openToClient(path: string): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const connection = [...this.#connections].at(-1)
      if (!connection) throw new Error('there is no connection')
      if (!this.#forwarded.has(path)) throw new Error(`the client has not asked for ${path}`)
      connection.openssh_forwardOutStreamLocal(path, (error, channel) => {
        if (error) reject(error)
        else resolve(channel)
      })
    })
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
    this.#forwarded.clear()
    connection.on('request', (accept, reject, name: string, info: object) => {
      if (name === 'streamlocal-forward@openssh.com' && 'socketPath' in info) {
        this.#forwarded.add(String(info.socketPath))
        accept?.()
      } else reject?.()
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
