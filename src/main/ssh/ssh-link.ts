import { EventEmitter, setMaxListeners } from 'node:events'
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

/** What may move much data goes over `bulk`, short commands over `control`, so that neither waits for the other. */
type Role = 'bulk' | 'control'

/** Between attempts to connect again. */
const reconnectPause = { firstMs: 100, longestMs: 5_000 }

/** How long a connection that stands may take to show it after the host has slept, milliseconds. */
const wakeProbeMs = 3_000

export interface SshLinkOptions {
  log: Logger
  /** How long a call waits for a connection that is being made anew, milliseconds. */
  waitMs?: number
  /** How long the first connection may take, milliseconds. */
  connectTimeoutMs?: number
  /** A number from 0 to 1, for the jitter. */
  random?: () => number
}

/**
 * The two pinned-key connections to the machine. After `connect` they are made anew whenever they break, until
 * `close`. `up` is emitted when `bulk` stands (again) and `down` when it breaks: whoever keeps state that came
 * through the link gets it anew on `up`. `control` is made with the first command, and `bulk` stands in for it
 * meanwhile: a handshake takes a second under emulation, and one is enough to begin with. `use` is emitted whenever somebody
 * sends something to the machine.
 */
export class SshLink extends EventEmitter<{ up: []; down: []; use: [] }> {
  readonly #log: Logger
  readonly #waitMs: number
  readonly #connectTimeoutMs: number
  readonly #random: () => number
  readonly #connections = new Map<Role, SshConnection>()
  /** Aborted by `close`; undefined while there is no target. */
  #life: AbortController | undefined
  #isUp = false
  /** While there is no `control` and none is being made. */
  #makeControl: (() => void) | undefined
  #held = false
  /** Aborted to try again at once whatever is being tried or waited for. */
  #hurry = new AbortController()
  readonly #making = new Set<Promise<void>>()
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

  /** True while commands and streams have a connection. */
  get isUp(): boolean {
    return this.#isUp
  }

  /**
   * Makes the first connection, trying again while the machine does not answer. Rejects with
   * machine.host-key-mismatch, machine.ssh-refused, machine.ssh-timeout, or the signal's reason.
   */
  async connect(target: SshTarget, signal: AbortSignal): Promise<void> {
    await this.close()
    const life = new AbortController()
    this.#life = life
    // Each call that waits for a connection listens to it.
    setMaxListeners(0, life.signal)
    const timeout = new BerthError('machine.ssh-timeout', { seconds: this.#connectTimeoutMs / 1000 })
    const timer = setTimeout(() => {
      life.abort(timeout)
    }, this.#connectTimeoutMs)
    const abort = () => {
      life.abort(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    try {
      await this.#make('bulk', target, life, { givesUp: true })
      this.#makeControlLater(target, life)
    } catch (error) {
      life.abort(error)
      if (this.#life === life) this.#life = undefined
      this.#dropConnections()
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }

  /**
   * Finds out now, not when somebody waits, whether the connections have outlived a pause of the host or of its
   * network: what does not answer is cut, and what is being made anew is tried at once.
   */
  async check(): Promise<void> {
    this.#hurry.abort(new Error('trying at once'))
    this.#hurry = new AbortController()
    await Promise.all([...this.#connections.values()].map((connection) => connection.probe(wakeProbeMs)))
  }

  /** Expects no sign of life until `listen`: the machine is paused. */
  hold(): void {
    this.#held = true
    for (const connection of this.#connections.values()) connection.holdKeepalive()
  }

  /** The machine runs again. */
  listen(): void {
    this.#held = false
    for (const connection of this.#connections.values()) connection.keepAlive()
  }

  /**
   * Runs a command to its end. Rejects with machine.connection-lost when the connection breaks meanwhile: it is
   * not run again, as it may have done its work.
   */
  async exec(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    const connection = await this.#connection('control')
    this.#makeControl?.()
    this.#makeControl = undefined
    return connection.exec(command, options)
  }

  /**
   * Starts a command whose input and output are the stream, for one that lives as long as whoever reads it. It is
   * not started again when the connection breaks: the stream then ends with machine.connection-lost.
   */
  async openCommand(command: string): Promise<Duplex> {
    return (await this.#connection('control')).openCommand(command)
  }

  /** A login shell on a pty of the machine; its sshd takes LANG and LC_* variables over. */
  async shell(size: TerminalSize, environment: Record<string, string> = {}): Promise<ClientChannel> {
    return (await this.#connection('bulk')).shell(size.columns, size.rows, environment)
  }

  /** A stream to a unix socket of the machine. Rejects with engine.unreachable when nobody listens there. */
  openUnixSocket(path: string): Promise<Duplex> {
    return this.#openStream(
      (connection) => connection.openUnixSocket(path),
      (error) =>
        new BerthError('engine.unreachable', {}, { detail: `${path}: ${message(error)}`, cause: error }),
    )
  }

  /** A stream to a TCP port as the machine reaches it. Rejects with port.forward-failed when nobody listens there. */
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

  /** Cuts the connections as a broken network would; they are made anew. */
  cut(): void {
    for (const connection of this.#connections.values()) connection.destroy()
  }

  /** Ends both connections for good; calls that wait for one reject with machine.not-running. */
  async close(): Promise<void> {
    const life = this.#life
    this.#life = undefined
    this.#makeControl = undefined
    life?.abort(new BerthError('machine.not-running'))
    this.#dropConnections()
    this.#held = false
    await Promise.all(this.#making)
  }

  /** Opening a stream has no effect of its own, so one that a drop interrupts is opened once more. */
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

  /** A connection, that of the role if it stands; waits a bounded time while there is none. */
  #connection(role: Role): Promise<SshConnection> {
    const life = this.#life
    if (!life) return Promise.reject(new BerthError('machine.not-running'))
    const standing = this.#standing(role)
    if (standing) return Promise.resolve(standing)
    this.emit('use')
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer)
        this.off('up', up)
        life.signal.removeEventListener('abort', closed)
        const connection = this.#standing(role)
        if (error) reject(error)
        else if (connection) resolve(connection)
        else reject(new BerthError('machine.connection-lost'))
      }
      const up = () => {
        settle()
      }
      const closed = () => {
        settle(new BerthError('machine.not-running'))
      }
      const timer = setTimeout(() => {
        settle(new BerthError('machine.connection-lost'))
      }, this.#waitMs)
      this.once('up', up)
      life.signal.addEventListener('abort', closed, { once: true })
    })
  }

  #standing(role: Role): SshConnection | undefined {
    return this.#isUp ? (this.#connections.get(role) ?? this.#connections.get('bulk')) : undefined
  }

  /** Makes a connection, with growing pauses between attempts, until it stands or the link is closed. */
  async #make(role: Role, target: SshTarget, life: AbortController, options: { givesUp: boolean }) {
    for (let attempt = 0; !life.signal.aborted; attempt += 1) {
      const { signal: hurry } = this.#hurry
      const signal = AbortSignal.any([life.signal, hurry])
      try {
        const connection = await SshConnection.connect(target, signal, this.#onUse)
        if (this.#take(role, connection, target, life)) return
      } catch (error) {
        if (options.givesUp && !isTransient(error) && !hurry.aborted) throw error
        this.#log.info({ connection: role, attempt, reason: message(error) }, 'ssh connection attempt failed')
      }
      if (hurry.aborted) attempt = -1
      else
        await delay(backoff(attempt, { ...reconnectPause, random: this.#random() }), signal).catch(
          () => undefined,
        )
    }
    life.signal.throwIfAborted()
  }

  /** False when it has broken already. */
  #take(role: Role, connection: SshConnection, target: SshTarget, life: AbortController): boolean {
    if (life.signal.aborted || connection.isClosed) {
      connection.destroy()
      return false
    }
    if (this.#held) connection.holdKeepalive()
    this.#connections.set(role, connection)
    connection.once('close', () => {
      this.#onDrop(role, connection, target, life)
    })
    if (role === 'bulk') {
      this.#isUp = true
      this.emit('up')
    }
    return true
  }

  #onDrop(role: Role, connection: SshConnection, target: SshTarget, life: AbortController): void {
    if (this.#connections.get(role) === connection) this.#connections.delete(role)
    if (life.signal.aborted) return
    this.#log.warn({ connection: role }, 'ssh connection lost')
    if (role === 'bulk') {
      this.#isUp = false
      this.emit('down')
      this.#makeAnew('bulk', target, life)
    } else {
      this.#makeControlLater(target, life)
    }
  }

  /** With the next command: until then it would only take processor time from what is waited for. */
  #makeControlLater(target: SshTarget, life: AbortController): void {
    this.#makeControl = () => {
      this.#makeAnew('control', target, life)
    }
  }

  #makeAnew(role: Role, target: SshTarget, life: AbortController): void {
    const making = this.#make(role, target, life, { givesUp: false })
      .catch((error: unknown) => {
        // Only closing the link ends the attempts.
        this.#log.info({ connection: role, reason: message(error) }, 'ssh connecting ended')
      })
      .finally(() => this.#making.delete(making))
    this.#making.add(making)
  }

  #dropConnections(): void {
    const wasUp = this.#isUp
    this.#isUp = false
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
    if (wasUp) this.emit('down')
  }
}

/** The machine may not be listening yet, or may be too busy to answer; refusals and wrong keys do not go away. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof BerthError &&
    (error.code === 'machine.connection-lost' || error.code === 'machine.ssh-timeout')
  )
}
