import { EventEmitter, setMaxListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { BerthError } from '../../shared/errors'
import type { TerminalSize } from '../../shared/sessions'
import type { Logger } from '../host/log'
import { message } from '../host/files'
import { delay } from '../host/wait'
import { reconnectDelay } from './reconnect-delay'
import type { CommandOptions, CommandResult } from './run-command'
import { SshConnection, type SshTarget } from './ssh-connection'

export type { SshTarget } from './ssh-connection'

/** `control` carries short commands; what may move much data goes over `bulk`, so that neither waits for the other. */
const roles = ['control', 'bulk'] as const
type Role = (typeof roles)[number]

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
 * `close`. `down` is emitted once when the first of them breaks and `up` when both stand (again): whoever keeps
 * state that came through the link gets it anew on `up`.
 */
export class SshLink extends EventEmitter<{ up: []; down: [] }> {
  readonly #log: Logger
  readonly #waitMs: number
  readonly #connectTimeoutMs: number
  readonly #random: () => number
  readonly #connections = new Map<Role, SshConnection>()
  /** Aborted by `close`; undefined while there is no target. */
  #life: AbortController | undefined
  #isUp = false
  #reconnecting: Promise<void> | undefined

  constructor(options: SshLinkOptions) {
    super()
    this.setMaxListeners(0)
    this.#log = options.log
    this.#waitMs = options.waitMs ?? 20_000
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 120_000
    this.#random = options.random ?? Math.random
  }

  /** True while both connections stand. */
  get isUp(): boolean {
    return this.#isUp
  }

  /**
   * Makes the first connections, trying again while the machine does not answer. Rejects with
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
      await this.#establish(target, life, { givesUp: true })
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
   * Runs a command to its end. Rejects with machine.connection-lost when the connection breaks meanwhile: it is
   * not run again, as it may have done its work.
   */
  async exec(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return (await this.#connection('control')).exec(command, options)
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

  /** Ends both connections for good; calls that wait for one reject with machine.not-running. */
  async close(): Promise<void> {
    const life = this.#life
    this.#life = undefined
    life?.abort(new BerthError('machine.not-running'))
    this.#dropConnections()
    await this.#reconnecting
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

  /** The connection of a role, waiting a bounded time while it is being made anew. */
  #connection(role: Role): Promise<SshConnection> {
    const life = this.#life
    if (!life) return Promise.reject(new BerthError('machine.not-running'))
    const standing = this.#isUp ? this.#connections.get(role) : undefined
    if (standing) return Promise.resolve(standing)
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer)
        this.off('up', up)
        life.signal.removeEventListener('abort', closed)
        const connection = this.#connections.get(role)
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

  /** Makes the connections that are missing, with growing pauses, until both stand or the link is closed. */
  async #establish(target: SshTarget, life: AbortController, options: { givesUp: boolean }): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const missing = roles.filter((role) => !this.#connections.has(role))
        const outcomes = await Promise.allSettled(
          missing.map((role) => this.#establishOne(role, target, life)),
        )
        const failed = outcomes.find((outcome) => outcome.status === 'rejected')
        if (failed) throw failed.reason
        if (roles.every((role) => this.#connections.has(role))) break
      } catch (error) {
        life.signal.throwIfAborted()
        if (options.givesUp && !isTransient(error)) throw error
        this.#log.info({ attempt, reason: message(error) }, 'ssh connection attempt failed')
      }
      await delay(reconnectDelay(attempt, this.#random()), life.signal)
    }
    this.#isUp = true
    this.emit('up')
  }

  async #establishOne(role: Role, target: SshTarget, life: AbortController): Promise<void> {
    const connection = await SshConnection.connect(target, life.signal)
    if (life.signal.aborted || connection.isClosed) {
      connection.destroy()
      return
    }
    this.#connections.set(role, connection)
    connection.once('close', () => {
      this.#onDrop(role, connection, target, life)
    })
  }

  #onDrop(role: Role, connection: SshConnection, target: SshTarget, life: AbortController): void {
    if (this.#connections.get(role) === connection) this.#connections.delete(role)
    if (life.signal.aborted || !this.#isUp) return
    this.#isUp = false
    this.#log.warn({ connection: role }, 'ssh connection lost')
    this.emit('down')
    this.#reconnecting = this.#establish(target, life, { givesUp: false })
      .catch((error: unknown) => {
        // Only closing the link ends the attempts.
        this.#log.info({ reason: message(error) }, 'ssh reconnecting ended')
      })
      .finally(() => {
        this.#reconnecting = undefined
      })
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
