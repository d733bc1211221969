import { EventEmitter } from 'node:events'
import { isExecEvent, keptEvents, keptExecEvents } from '../../shared/event-limits'
import type { ReportedEvent } from '../../shared/events'
import type { Emits } from '../lib'
import type { DockerEvent } from './events'

/** A label may be of any length. The event keeps its beginning. */
const attributeUnits = 1_000
const attributeLimit = 100

interface EventLogEvents {
  event: [ReportedEvent]
}

/**
 * Keeps the last events of the engine in memory. It reads them from the stream that the engine's state follows. Events
 * of commands in containers have a limit of their own, because health checks would soon replace all others.
 */
export class EventLog extends EventEmitter<EventLogEvents> {
  readonly #events: ReportedEvent[] = []
  readonly #execEvents: ReportedEvent[] = []
  #count = 0

  constructor({ state }: { state: Emits<'reported', [DockerEvent]> }) {
    super()
    // Every window of the app adds a listener. Node would warn about more than ten.
    this.setMaxListeners(0)
    state.on('reported', (event) => {
      this.#add(event)
    })
  }

  /** The kept events, oldest first. `exec`: also those of commands in containers. */
  list({ exec }: { exec: boolean }): ReportedEvent[] {
    if (!exec) return [...this.#events]
    return [...this.#events, ...this.#execEvents].sort((a, b) => a.number - b.number)
  }

  #add(docker: DockerEvent): void {
    const event = reported(docker, ++this.#count)
    const exec = isExecEvent(event)
    const events = exec ? this.#execEvents : this.#events
    events.push(event)
    if (events.length > (exec ? keptExecEvents : keptEvents)) events.shift()
    this.emit('event', event)
  }
}

function reported(
  { Type, Action, Actor: { ID: id, Attributes: attributes }, time, timeNano }: DockerEvent,
  number: number,
): ReportedEvent {
  const [, action = Action, detail = ''] = /^([^:]*): ?(.*)$/s.exec(Action) ?? []
  return {
    number,
    time: timeNano === undefined ? (time ?? 0) * 1000 : Math.floor(timeNano / 1e6),
    kind: Type,
    action,
    detail: detail.slice(0, attributeUnits),
    id,
    name: attributes.name ?? (Type === 'volume' ? id : ''),
    attributes: Object.entries(attributes)
      .slice(0, attributeLimit)
      .map(([name, value]) => [name.slice(0, attributeUnits), value.slice(0, attributeUnits)]),
  }
}
