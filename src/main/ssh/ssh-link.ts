import { EventEmitter, once, setMaxListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { backoff } from '../../shared/backoff'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import type { Logger } from '../host'
import { delay, message } from '../lib'
import type { CommandOptions, CommandResult } from './run-command'
import { SshConnection, type SshTarget } from './ssh-connection'

export type { SshTarget } from './ssh-connection'

/**
 * `bulk` carries streams and shells. `control` carries short commands, which then need not wait for the data of `bulk`.
 */
type Role = 'bulk' | 'control'

/** The pauses between attempts to reconnect. */
const reconnectPause = { firstMs: 100, longestMs: 5_000 }

/** Milliseconds that a connection may take to answer a probe after the host has slept. */
const wakeProbeMs = 3_000

export interface SshLinkOptions {
  log: Logger
  /** Milliseconds that a call waits while the link reconnects. */
  waitMs?: number
  /** Milliseconds that the first connection may take. */
  connectTimeoutMs?: number
  /** Returns a number from 0 to 1, for the jitter. */
  random?: () => number
}

/**
 * The link to the machine: two SSH connections with a pinned host key. Between `connect` and `close`, the link reopens
 * a connection that breaks. The first command opens `control`. Until `control` is open, commands use `bulk`, because a
 * handshake takes a second under emulation.
 *
 * The link emits these events:
 * - `up`: `bulk` is connected, for the first time or again. Callers must again read state that they have read over the
 *   link.
 * - `down`: `bulk` has broken, or the link was closed.
 * - `use`: Berth opens a channel, writes to a stream, or waits for a connection. Probes, the input of a shell, and
 *   background commands over an open connection do not count.
 */
export class SshLink extends EventEmitter<{ up: []; down: []; use: [] }> {
  readonly #log: Logger
  readonly #waitMs: number
  readonly #connectTimeoutMs: number
  readonly #random: () => number
  readonly #connections = new Map<Role, SshConnection>()
  /** Exists from `connect` to `close`. `close` aborts the signal. */
  #lifetime: AbortController | undefined
  #isUp = false
  /** Opens `control`. Undefined while `control` is open or being opened. */
  #openControl: (() => void) | undefined
  #keepaliveStopped = false
  /** The unix socket of the machine that this link listens on. */
  #accepted: { path: string; onStream: (stream: Duplex) => void } | undefined
  /** After an abort, the link immediately tries again. It skips the rest of the current attempt or pause. */
  #hurry = new AbortController()
  readonly #connecting = new Set<Promise<void>>()
  #working = 0
  readonly #onUse = () => {
    this.emit('use')
  }

  constructor(options: SshLinkOptions) {
    super()
    this.setMaxListeners(0)
    this.#log = options.log
    this.#waitMs = options.waitMs ?? 20_000
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 120_000
    this.#random = options.random ?? Math.random
  }

  /** True while there is a connection for commands and streams. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** How many commands run that keep the machine awake. */
  get working(): number {
    return this.#working
  }

  /**
   * Opens the first connection. Tries again while the machine does not answer.
   * @throws BerthError machine.host-key-mismatch, machine.ssh-refused, machine.ssh-timeout; machine.not-running if the
   * link is closed in the meantime; the signal's reason
   */
  async connect(target: SshTarget, signal: AbortSignal): Promise<void> {
    await this.close()
    const lifetime = new AbortController()
    this.#lifetime = lifetime
    // Each call that waits for a connection adds a listener.
    setMaxListeners(0, lifetime.signal)
    const timeout = new BerthError('machine.ssh-timeout', { seconds: this.#connectTimeoutMs / 1000 })
    const timer = setTimeout(() => {
      lifetime.abort(timeout)
    }, this.#connectTimeoutMs)
    const abort = () => {
      lifetime.abort(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    try {
      await this.#connectRole('bulk', target, lifetime, { givesUp: true })
      this.#openControlLater(target, lifetime)
    } catch (error) {
      lifetime.abort(error)
      if (this.#lifetime === lifetime) this.#lifetime = undefined
      this.#dropConnections()
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }

  /**
   * Checks whether the connections have survived a sleep of the host or a change of its network. Cuts a connection that
   * does not answer, so that no later caller has to wait for it. Immediately restarts a reconnect that is under way.
   */
  async probe(): Promise<void> {
    this.#hurry.abort(new Error('trying again immediately'))
    this.#hurry = new AbortController()
    await Promise.all([...this.#connections.values()].map((connection) => connection.probe(wakeProbeMs)))
  }

  /** Call this before the machine pauses: a paused machine does not answer keepalives. */
  stopKeepalive(): void {
    this.#keepaliveStopped = true
    for (const connection of this.#connections.values()) connection.stopKeepalive()
  }

  /** Call this when the machine runs again. */
  startKeepalive(): void {
    this.#keepaliveStopped = false
    for (const connection of this.#connections.values()) connection.startKeepalive()
  }

  /**
   * Runs a command until it ends. If the connection breaks, Berth does not repeat the command, because it may have done
   * its work.
   * @throws BerthError machine.connection-lost, machine.not-running; the reason of the command's signal
   */
  async exec(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    const keepsAwake = options.background !== true
    if (keepsAwake) this.#working += 1
    try {
      const connection = await this.#connection('control')
      this.#openControl?.()
      this.#openControl = undefined
      return await connection.exec(command, options)
    } finally {
      if (keepsAwake) this.#working -= 1
    }
  }

  /**
   * Starts a command. The returned stream carries its input and output. If the connection breaks, the stream fails with
   * machine.connection-lost, and Berth does not start the command again. With `keepsAwake`, the machine does not pause
   * before the stream is closed.
   * @throws BerthError machine.connection-lost, machine.not-running
   */
  async openCommand(command: string, { keepsAwake = false } = {}): Promise<Duplex> {
    const stream = await (await this.#connection('control')).openCommand(command)
    if (keepsAwake && !stream.closed) {
      this.#working += 1
      stream.once('close', () => {
        this.#working -= 1
      })
    }
    return stream
  }

  /**
   * Opens a pty of the machine with a command, or with a login shell if there is no command. sshd accepts the variables
   * LANG and LC_*.
   * @throws BerthError machine.connection-lost, machine.not-running
   */
  async shell(
    size: TerminalSize,
    environment: Record<string, string> = {},
    command?: string,
  ): Promise<ClientChannel> {
    return (await this.#connection('bulk')).shell(size.columns, size.rows, environment, command)
  }

  /**
   * Opens a stream to a unix socket of the machine.
   * @throws BerthError engine.unreachable if nothing listens there; machine.connection-lost, machine.not-running
   */
  openUnixSocket(path: string): Promise<Duplex> {
    return this.#openStream(
      (connection) => connection.openUnixSocket(path),
      (error) =>
        new BerthError('engine.unreachable', {}, { detail: `${path}: ${message(error)}`, cause: error }),
    )
  }

  /**
   * Listens on a unix socket of the machine, now and after every reconnect. Calls `onStream` with each connection. Call
   * this method only once.
   */
  acceptUnixSocket(path: string, onStream: (stream: Duplex) => void): void {
    this.#accepted = { path, onStream }
    const connection = this.#connected('bulk')
    if (connection) this.#accept(connection)
  }

  /**
   * Opens a stream to a TCP port. The machine connects to the address.
   * @throws BerthError port.forward-failed if nothing listens there; machine.connection-lost, machine.not-running
   */
  openTcp(host: string, port: number): Promise<Duplex> {
    return this.#openStream(
      (connection) => connection.openTcp(host, port),
      (error) =>
        new BerthError(
          'port.forward-failed',
          { port, protocol: 'tcp', address: host, reason: message(error) },
          { cause: error },
        ),
    )
  }

  /** Cuts the connections as a broken network would. The link reconnects. */
  cut(): void {
    for (const connection of this.#connections.values()) connection.destroy()
  }

  /** Closes the link. Calls that wait for a connection fail with machine.not-running. */
  async close(): Promise<void> {
    const lifetime = this.#lifetime
    this.#lifetime = undefined
    this.#openControl = undefined
    lifetime?.abort(new BerthError('machine.not-running'))
    this.#dropConnections()
    this.#keepaliveStopped = false
    await Promise.all(this.#connecting)
  }

  /** Opens a stream. Opening has no side effect, so Berth repeats it once if the connection breaks. */
  async #openStream(
    open: (connection: SshConnection) => Promise<Duplex>,
    refused: (error: unknown) => BerthError,
  ): Promise<Duplex> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.#connection('bulk')
      try {
        return await open(connection)
      } catch (error) {
        if (!(error instanceof BerthError)) throw refused(error)
        if (attempt === 2) throw error
      }
    }
  }

  /**
   * Returns the connection of the role. If the role has no connection, returns `bulk`. Waits for a limited time if
   * `bulk` is not connected.
   */
  async #connection(role: Role): Promise<SshConnection> {
    const lifetime = this.#lifetime?.signal
    if (!lifetime) throw new BerthError('machine.not-running')
    const connected = this.#connected(role)
    if (connected) return connected
    this.emit('use')
    const signal = AbortSignal.any([lifetime, AbortSignal.timeout(this.#waitMs)])
    await once(this, 'up', { signal }).catch(() => undefined)
    if (lifetime.aborted) throw new BerthError('machine.not-running')
    const reconnected = this.#connected(role)
    if (!reconnected) throw new BerthError('machine.connection-lost')
    return reconnected
  }

  #connected(role: Role): SshConnection | undefined {
    return this.#isUp ? (this.#connections.get(role) ?? this.#connections.get('bulk')) : undefined
  }

  /** Opens a connection. Tries again with growing pauses, until the link is closed. */
  async #connectRole(
    role: Role,
    target: SshTarget,
    lifetime: AbortController,
    options: { givesUp: boolean },
  ) {
    for (let attempt = 0; !lifetime.signal.aborted; attempt += 1) {
      const { signal: hurry } = this.#hurry
      const signal = AbortSignal.any([lifetime.signal, hurry])
      try {
        const connection = await SshConnection.connect(target, signal, this.#onUse)
        if (this.#adopt(role, connection, target, lifetime)) return
      } catch (error) {
        if (options.givesUp && !isTransient(error) && !hurry.aborted) throw error
        this.#log.info({ connection: role, attempt, reason: message(error) }, 'could not connect over ssh')
      }
      if (hurry.aborted) attempt = -1
      else
        await delay(backoff(attempt, { ...reconnectPause, random: this.#random() }), signal).catch(
          () => undefined,
        )
    }
    lifetime.signal.throwIfAborted()
  }

  /** Starts to use a connection. Returns false if the connection has already broken, or the link is closed. */
  #adopt(role: Role, connection: SshConnection, target: SshTarget, lifetime: AbortController): boolean {
    if (lifetime.signal.aborted || connection.isClosed) {
      connection.destroy()
      return false
    }
    if (this.#keepaliveStopped) connection.stopKeepalive()
    this.#connections.set(role, connection)
    connection.once('close', () => {
      this.#onDrop(role, connection, target, lifetime)
    })
    if (role === 'bulk') {
      this.#isUp = true
      this.#accept(connection)
      this.emit('up')
    }
    return true
  }

  #accept(connection: SshConnection): void {
    if (this.#accepted === undefined) return
    const { path, onStream } = this.#accepted
    connection.acceptUnixSocket(path, onStream).catch((error: unknown) => {
      this.#log.warn({ path, reason: message(error) }, 'could not listen on a unix socket of the machine')
    })
  }

  #onDrop(role: Role, connection: SshConnection, target: SshTarget, lifetime: AbortController): void {
    if (this.#connections.get(role) === connection) this.#connections.delete(role)
    if (lifetime.signal.aborted) return
    this.#log.warn({ connection: role }, 'lost an ssh connection')
    if (role === 'bulk') {
      this.#isUp = false
      this.emit('down')
      this.#reconnect('bulk', target, lifetime)
    } else {
      this.#openControlLater(target, lifetime)
    }
  }

  /** Opens `control` with the next command. An earlier handshake would only slow down the machine's start. */
  #openControlLater(target: SshTarget, lifetime: AbortController): void {
    this.#openControl = () => {
      this.#reconnect('control', target, lifetime)
    }
  }

  #reconnect(role: Role, target: SshTarget, lifetime: AbortController): void {
    const connecting = this.#connectRole(role, target, lifetime, { givesUp: false })
      .catch((error: unknown) => {
        // Only `close` ends the attempts.
        this.#log.info({ connection: role, reason: message(error) }, 'stopped connecting over ssh')
      })
      .finally(() => this.#connecting.delete(connecting))
    this.#connecting.add(connecting)
  }

  #dropConnections(): void {
    const wasUp = this.#isUp
    this.#isUp = false
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
    if (wasUp) this.emit('down')
  }
}

/**
 * Whether another attempt may succeed. The machine may not listen yet, or may be too busy to answer. A refusal or a
 * wrong key is permanent.
 */
function isTransient(error: unknown): boolean {
  return (
    error instanceof BerthError &&
    (error.code === 'machine.connection-lost' || error.code === 'machine.ssh-timeout')
  )
}
