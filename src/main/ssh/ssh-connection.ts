import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import { abortReason } from '../lib'
import { ChannelStream } from './channel-stream'
import { runCommand, type CommandOptions, type CommandResult } from './run-command'

/** Where the machine's SSH server is and how both sides prove who they are. */
export interface SshTarget {
  host: string
  port: number
  username: string
  /** OpenSSH format. */
  privateKey: string
  /** The only key accepted from the server: `ssh-ed25519 AAAA…`. */
  hostKey: string
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void

/** A handshake takes one to two seconds under emulation; one that takes this long is not going to end. */
const handshakeTimeoutMs = 20_000
/** How often the server is asked for a sign of life, and how long it may take to give one. */
const keepaliveMs = { interval: 10_000, answer: 10_000 }
/** How long the server may take to answer a request for a channel. */
const openTimeoutMs = 15_000

/** One authenticated SSH connection. It is never reused once closed. */
export class SshConnection extends EventEmitter<{ close: [] }> {
  readonly #client: Client
  readonly #socket: Socket
  readonly #streams = new Set<ChannelStream>()
  readonly #onUse: () => void
  #closed = false
  #keepalive: NodeJS.Timeout | undefined
  /** The bound on the answers that are waited for. */
  #overdue: NodeJS.Timeout | undefined

  private constructor(client: Client, socket: Socket, onUse: () => void) {
    super()
    this.#client = client
    this.#socket = socket
    this.#onUse = onUse
    // A link may have any number of callers waiting for the same connection.
    this.setMaxListeners(0)
    if (socket.destroyed) this.#onClose()
    // Runs before ssh2's own handler, which would end all channels as if they were finished.
    else
      socket.prependOnceListener('close', () => {
        this.#onClose()
      })
    this.keepAlive()
  }

  /**
   * Connects and authenticates. Rejects with machine.host-key-mismatch, machine.ssh-refused (the server accepts
   * no key of ours), machine.ssh-timeout, machine.connection-lost (worth another try), or the signal's reason.
   * `onUse` is called whenever somebody sends something over it.
   */
  static connect(
    target: SshTarget,
    signal: AbortSignal,
    onUse: () => void = () => undefined,
  ): Promise<SshConnection> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client()
      const socket = new Socket()
      const pinned = target.hostKey.trim().split(/\s+/)[1] ?? ''
      let mismatch = false
      let failure: Error | undefined
      const abort = () => {
        fail(abortReason(signal))
      }
      const settle = () => {
        signal.removeEventListener('abort', abort)
      }
      const fail = (error: Error) => {
        settle()
        client.destroy()
        socket.destroy()
        reject(error)
      }
      signal.addEventListener('abort', abort, { once: true })
      client
        .on('error', (error) => {
          failure ??= error
          fail(mismatch ? new BerthError('machine.host-key-mismatch') : connectError(error))
        })
        .on('close', () => {
          fail(connectError(failure ?? new Error('the connection was closed during the handshake')))
        })
        .once('ready', () => {
          settle()
          client.removeAllListeners('close')
          client.removeAllListeners('error')
          // An error is always followed by the socket's close, which is what the connection acts on.
          client.on('error', () => socket.destroy())
          resolve(new SshConnection(client, socket, onUse))
        })
      socket.setNoDelay(true)
      if (signal.aborted) {
        abort()
        return
      }
      socket.connect(target.port, target.host)
      client.connect({
        sock: socket,
        username: target.username,
        privateKey: target.privateKey,
        readyTimeout: handshakeTimeoutMs,
        hostVerifier: (key: Buffer) => {
          mismatch = key.toString('base64') !== pinned
          return !mismatch
        },
        algorithms: {
          kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
          serverHostKey: ['ssh-ed25519'],
          // One pass in Node's native crypto; the others cost a separate MAC or a slower cipher.
          cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
          compress: ['none'],
        },
      })
    })
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** A stream to a unix socket of the machine (OpenSSH's direct-streamlocal). */
  openUnixSocket(path: string): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.openssh_forwardOutStreamLocal(path, opened),
      (channel) => this.#stream(channel),
    )
  }

  /** A stream to a TCP port as the machine reaches it. */
  openTcp(host: string, port: number): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.forwardOut('127.0.0.1', 0, host, port, opened),
      (channel) => this.#stream(channel),
    )
  }

  /** Runs a command to its end. */
  exec(command: string, options: CommandOptions): Promise<CommandResult> {
    return this.#open(
      (opened) => this.#client.exec(command, opened),
      (channel) => runCommand(channel, options),
      options.background,
    )
  }

  /** Starts a command whose input and output are the stream; what it prints as errors is dropped. */
  openCommand(command: string): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.exec(command, opened),
      (channel) => {
        channel.stderr.resume()
        return this.#stream(channel)
      },
    )
  }

  shell(columns: number, rows: number, env: Record<string, string>): Promise<ClientChannel> {
    const pty = { term: 'xterm-256color', cols: columns, rows, width: 0, height: 0 }
    return this.#open(
      (opened) => this.#client.shell(pty, { env }, opened),
      (channel) => channel,
    )
  }

  /**
   * Resolves with true when the server answers in this time, milliseconds; otherwise the connection is cut and it
   * resolves with false. ssh2's own keepalive can neither be asked for at once nor be held while the machine is
   * paused; the request is one that the server refuses without doing anything.
   */
  probe(milliseconds: number): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    return new Promise((resolve) => {
      const settle = (alive: boolean) => {
        this.off('close', lost)
        resolve(alive)
      }
      const lost = () => {
        settle(false)
      }
      this.once('close', lost)
      clearTimeout(this.#overdue)
      this.#overdue = setTimeout(() => {
        this.destroy()
      }, milliseconds)
      try {
        this.#client.unforwardIn('127.0.0.1', 0, () => {
          clearTimeout(this.#overdue)
          settle(true)
        })
      } catch {
        // "Not connected": its socket can no longer be written to.
        this.destroy()
      }
    })
  }

  /** Asks for a sign of life now and then, from now on. A connection does so from its beginning. */
  keepAlive(): void {
    this.holdKeepalive()
    if (this.#closed) return
    this.#keepalive = setInterval(() => void this.probe(keepaliveMs.answer), keepaliveMs.interval)
  }

  /** Expects no sign of life until `keepAlive`: whoever is paused gives none. */
  holdKeepalive(): void {
    clearInterval(this.#keepalive)
    clearTimeout(this.#overdue)
  }

  /** Says goodbye and closes, at once. */
  close(): void {
    this.#client.end()
    this.#socket.destroySoon()
  }

  /** Cuts the connection as a broken network would. */
  destroy(): void {
    this.#socket.destroy()
  }

  #stream(channel: ClientChannel): ChannelStream {
    const stream = new ChannelStream(channel, this.#onUse)
    if (this.#closed) stream.connectionLost()
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  /**
   * Asks for a channel. `use` is called at once when it is there, not a moment later: what the server has sent with
   * its answer (an exit code, the channel's close) is told only once.
   */
  #open<T>(
    request: (opened: Opened) => unknown,
    use: (channel: ClientChannel) => T | Promise<T>,
    background = false,
  ): Promise<T> {
    if (!background) this.#onUse()
    return new Promise((resolve, reject) => {
      const lost = () => {
        settle()
        reject(new BerthError('machine.connection-lost'))
      }
      // A server that never answers is as good as gone: cutting the connection lets the link make a new one.
      const timer = setTimeout(() => {
        this.destroy()
      }, openTimeoutMs)
      const settle = () => {
        clearTimeout(timer)
        this.off('close', lost)
      }
      if (this.#closed) {
        lost()
        return
      }
      this.once('close', lost)
      try {
        request((error, channel) => {
          settle()
          if (error) reject(error)
          else resolve(use(channel))
        })
      } catch (error) {
        // ssh2 throws "Not connected" when its socket can no longer be written to.
        settle()
        reject(new BerthError('machine.connection-lost', {}, { cause: error }))
      }
    })
  }

  #onClose(): void {
    this.#closed = true
    this.holdKeepalive()
    for (const stream of this.#streams) stream.connectionLost()
    this.#streams.clear()
    this.emit('close')
  }
}

function connectError(error: Error): BerthError {
  const level = 'level' in error ? error.level : undefined
  switch (level) {
    case 'client-authentication':
      return new BerthError('machine.ssh-refused', { reason: error.message }, { cause: error })
    case 'client-timeout':
      return new BerthError('machine.ssh-timeout', { seconds: handshakeTimeoutMs / 1000 }, { cause: error })
    default:
      return new BerthError('machine.connection-lost', {}, { detail: error.message, cause: error })
  }
}
