import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import ssh2, { type Channel, type Client, type ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import { abortReason } from '../lib'
import { ChannelStream } from './channel-stream'
import { runCommand, type CommandOptions, type CommandResult } from './run-command'

/** The address of the machine's SSH server, and the keys of both sides. */
export interface SshTarget {
  host: string
  port: number
  username: string
  /** OpenSSH format. */
  privateKey: string
  /** The only accepted host key: `ssh-ed25519 AAAA…`. */
  hostKey: string
}

interface ConnectedParts {
  client: Client
  socket: Socket
  onUse: () => void
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void

/** A handshake that takes longer has failed. Under emulation, a handshake takes one or two seconds. */
const handshakeTimeoutMs = 20_000
/** `interval`: milliseconds between probes of the server. `answer`: milliseconds that the server may take to answer. */
const keepaliveMs = { interval: 10_000, answer: 10_000 }
/** Milliseconds that the server may take to answer a request for a channel. */
const openTimeoutMs = 15_000

/** One authenticated SSH connection. A closed connection is never reused. */
export class SshConnection extends EventEmitter<{ close: [] }> {
  readonly #client: Client
  readonly #socket: Socket
  readonly #streams = new Set<ChannelStream>()
  readonly #onUse: () => void
  #closed = false
  #keepalive: NodeJS.Timeout | undefined
  /** Cuts the connection if the server does not answer the last probe. */
  #overdue: NodeJS.Timeout | undefined

  private constructor({ client, socket, onUse }: ConnectedParts) {
    super()
    this.#client = client
    this.#socket = socket
    this.#onUse = onUse
    // Any number of callers may wait for the same connection.
    this.setMaxListeners(0)
    if (socket.destroyed) this.#onClose()
    // This listener runs before ssh2's own listener, which would end all channels as if they had finished.
    else
      socket.prependOnceListener('close', () => {
        this.#onClose()
      })
    this.startKeepalive()
  }

  /**
   * Connects and authenticates. Calls `onUse` whenever Berth opens a channel or writes to a `ChannelStream`. Probes and
   * background commands do not call it.
   * @throws BerthError machine.host-key-mismatch; machine.ssh-refused if the server refuses the private key;
   * machine.ssh-timeout or machine.connection-lost, and then another attempt may succeed; the signal's reason
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
          // The connection handles the close of the socket, which follows every error.
          client.on('error', () => socket.destroy())
          resolve(new SshConnection({ client, socket, onUse }))
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
          // Node's native crypto does AES-GCM in one pass. Other ciphers need a separate MAC, or are slower.
          cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
          compress: ['none'],
        },
      })
    })
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Opens a stream to a unix socket of the machine (OpenSSH's direct-streamlocal). */
  openUnixSocket(path: string): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.openssh_forwardOutStreamLocal(path, opened),
      (channel) => this.#stream(channel),
    )
  }

  /**
   * Listens on a unix socket of the machine. The socket may replace another socket at this path. Calls `onStream` with
   * each connection.
   * @throws Error if the server refuses; BerthError machine.connection-lost
   */
  acceptUnixSocket(path: string, onStream: (stream: ChannelStream) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const lost = () => {
        reject(new BerthError('machine.connection-lost'))
      }
      if (this.#closed) {
        lost()
        return
      }
      this.once('close', lost)
      this.#client.on('unix connection', ({ socketPath }, accept, refuse) => {
        if (socketPath === path) onStream(this.#stream(accept()))
        else refuse()
      })
      try {
        this.#client.openssh_forwardInStreamLocal(path, (error) => {
          this.off('close', lost)
          if (error) reject(error)
          else resolve()
        })
      } catch {
        // "Not connected": see `#open`.
        this.destroy()
      }
    })
  }

  /** Opens a stream to a TCP port. The machine connects to the address. */
  openTcp(host: string, port: number): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.forwardOut('127.0.0.1', 0, host, port, opened),
      (channel) => this.#stream(channel),
    )
  }

  /** Runs a command until it ends. */
  exec(command: string, options: CommandOptions): Promise<CommandResult> {
    return this.#open(
      (opened) => this.#client.exec(command, opened),
      (channel) => runCommand(channel, options),
      options.background,
    )
  }

  /** Starts a command. The returned stream carries its input and output. Berth discards its standard error. */
  openCommand(command: string): Promise<ChannelStream> {
    return this.#open(
      (opened) => this.#client.exec(command, opened),
      (channel) => {
        channel.stderr.resume()
        return this.#stream(channel)
      },
    )
  }

  /** Opens a pty with a command, or with a login shell if there is no command. */
  shell(
    columns: number,
    rows: number,
    env: Record<string, string>,
    command?: string,
  ): Promise<ClientChannel> {
    const pty = { term: 'xterm-256color', cols: columns, rows, width: 0, height: 0 }
    return this.#open(
      (opened) =>
        command === undefined
          ? this.#client.shell(pty, { env }, opened)
          : this.#client.exec(command, { pty, env }, opened),
      (channel) => channel,
    )
  }

  /**
   * Sends a request that the server refuses without doing anything. Resolves with true if the server answers within
   * `milliseconds`. Otherwise cuts the connection and resolves with false. Berth cannot use ssh2's own keepalive. It
   * can neither be sent immediately nor be stopped while the machine is paused.
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
        // "Not connected": the socket can no longer be written to.
        this.destroy()
      }
    })
  }

  /** Starts to probe the server regularly. A new connection starts this automatically. */
  startKeepalive(): void {
    this.stopKeepalive()
    if (this.#closed) return
    this.#keepalive = setInterval(() => void this.probe(keepaliveMs.answer), keepaliveMs.interval)
  }

  /** Stops all probes, also a probe under way, until `startKeepalive` is called. A paused machine does not answer. */
  stopKeepalive(): void {
    clearInterval(this.#keepalive)
    clearTimeout(this.#overdue)
  }

  /** Disconnects properly. */
  close(): void {
    this.#client.end()
    this.#socket.destroySoon()
  }

  /** Cuts the connection as a broken network would. */
  destroy(): void {
    this.#socket.destroy()
  }

  #stream(channel: Channel): ChannelStream {
    const stream = new ChannelStream(channel, this.#onUse)
    if (this.#closed) stream.connectionLost()
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  /**
   * Opens a channel, and calls `use` with the channel synchronously. Together with its answer, the server may have sent
   * an exit code or the close of the channel. ssh2 emits each of these events only once, so a later listener would miss
   * it.
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
      // If the server does not answer, this cuts the connection, so that the link reconnects.
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
      } catch {
        // ssh2 throws "Not connected" if the socket can no longer be written to. The call must not fail before the
        // connection is closed. Until then, the link would give the same connection to a caller that tries again.
        this.destroy()
      }
    })
  }

  #onClose(): void {
    this.#closed = true
    this.stopKeepalive()
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
