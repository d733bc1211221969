import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { Connection } from '../../src/main/api/implementer'
import { SessionList } from '../../src/main/sessions/session-list'
import type { Session } from '../../src/main/sessions/session'
import type { TerminalSource } from '../../src/main/sessions/source'
import type { SessionEvent, TerminalSize } from '../../src/shared/sessions'
import { silentLog } from './fake-services'

/** Only a broken test reaches this time limit. An emulated machine is slow on a busy computer, so the limit is long. */
const patience = { timeout: 90_000, interval: 50 }

/** A terminal session with one view. The view acknowledges the text that it has read. */
export class TerminalView {
  readonly connection = new Connection()
  readonly sessions = new SessionList({ log: silentLog, grace: 0 })
  readonly session: Session
  readonly viewId = randomUUID()
  text = ''
  ended: Extract<SessionEvent, { type: 'ended' }> | undefined
  /** Whether the view acknowledges the text that it reads. */
  reading = true

  constructor(source: TerminalSource) {
    this.session = this.sessions.open({ kind: 'terminal', title: 'test', source }, this.connection)
    void this.#read()
  }

  write(text: string): void {
    this.session.terminal.write(text)
  }

  resize(size: TerminalSize): Promise<void> {
    return this.session.terminal.resize(size)
  }

  /** Ends the session, as closing its window does. */
  close(): Promise<void> {
    return this.sessions.close(this.session.id)
  }

  /** Waits until the text that the terminal has printed matches `pattern`. Returns the first match. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return vi.waitFor(() => {
      const match = pattern.exec(this.text)
      if (match === null)
        throw new Error(`${String(pattern)} is not in ${JSON.stringify(this.text.slice(-2_000))}`)
      return match
    }, patience)
  }

  untilEnded(): Promise<Extract<SessionEvent, { type: 'ended' }>> {
    return vi.waitFor(() => {
      if (this.ended === undefined) throw new Error('the session has not ended')
      return this.ended
    }, patience)
  }

  async #read(): Promise<void> {
    const events = this.sessions.attach(this.session.id, this.viewId, this.connection, this.connection.closed)
    for await (const event of events) {
      if (event.type === 'output') this.text += event.text
      if (event.type === 'ended') this.ended = event
      if (this.reading && event.cost > 0) this.session.acknowledge(this.viewId, event.cost)
    }
  }
}
