import { EventEmitter } from 'node:events'
import { BerthError } from '../../shared/errors'
import type { SessionEvent, SessionInfo } from '../../shared/sessions'
import type { Logger } from '../host'
import { Session, type SessionSpec } from './session'

/** Milliseconds that a session outlives its last owner. A reloaded window attaches again much sooner. */
export const ownerGrace = 10_000

/** A client connection that owns sessions. */
export interface Owner {
  readonly id: string
  /** Aborts when the connection closes. */
  readonly closed: AbortSignal
}

interface Entry {
  session: Session
  owners: Set<string>
  /** False until a view has attached. Until then, the connection that opened the session owns it. */
  attached: boolean
  timer: NodeJS.Timeout | undefined
}

/**
 * All sessions by id. The connection that opened a session owns it until a view attaches. After that, every connection
 * that has attached owns it. When the last owner is gone, the session ends after a grace period.
 *
 * The list emits `change` when a session is opened, has ended, or is removed.
 */
export class SessionList extends EventEmitter<{ change: [] }> {
  readonly #entries = new Map<string, Entry>()
  readonly #log: Logger
  readonly #grace: number

  constructor(options: { log: Logger; grace?: number }) {
    super()
    // Every window of the app adds a listener.
    this.setMaxListeners(0)
    this.#log = options.log
    this.#grace = options.grace ?? ownerGrace
  }

  open(spec: SessionSpec, owner: Owner): Session {
    const session: Session = new Session(spec, () => {
      this.#forgetLater(session.id)
      this.emit('change')
    })
    const entry: Entry = { session, owners: new Set(), attached: false, timer: undefined }
    this.#entries.set(session.id, entry)
    this.#own(entry, owner)
    session.start()
    this.emit('change')
    return session
  }

  /** @throws BerthError session.not-found */
  get(id: string): Session {
    return this.#entry(id).session
  }

  list(): SessionInfo[] {
    return [...this.#entries.values()].map(({ session }) => session.info)
  }

  /** @throws BerthError session.not-found; input.invalid when the view is already attached */
  attach(id: string, viewId: string, owner: Owner, signal: AbortSignal): AsyncGenerator<SessionEvent, void> {
    const entry = this.#entry(id)
    const events = entry.session.attach(viewId, signal)
    if (!entry.attached) entry.owners.clear()
    entry.attached = true
    this.#own(entry, owner)
    return events
  }

  /**
   * Makes the owner an owner of the session, as attaching a view does.
   * @throws BerthError session.not-found
   */
  keep(id: string, owner: Owner): void {
    this.#own(this.#entry(id), owner)
  }

  /**
   * Ends the session and its process immediately.
   * @throws BerthError session.not-found
   */
  async close(id: string): Promise<void> {
    const { session, timer } = this.#entry(id)
    clearTimeout(timer)
    this.#entries.delete(id)
    this.emit('change')
    await session.close()
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#entries.keys()].map((id) => this.close(id)))
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new BerthError('session.not-found')
    return entry
  }

  #own(entry: Entry, owner: Owner): void {
    if (!owner.closed.aborted && !entry.owners.has(owner.id)) {
      entry.owners.add(owner.id)
      const release = (): void => {
        entry.owners.delete(owner.id)
        this.#forgetLater(entry.session.id)
      }
      owner.closed.addEventListener('abort', release, { once: true })
    }
    this.#forgetLater(entry.session.id)
  }

  /**
   * Starts the grace period when the session has no owner. Cancels the grace period when the session has an owner
   * again.
   */
  #forgetLater(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    if (entry.owners.size > 0) return
    entry.timer = setTimeout(() => {
      this.close(id).catch((error: unknown) => {
        this.#log.error({ err: error, session: id }, 'could not close a session')
      })
    }, this.#grace)
  }
}
