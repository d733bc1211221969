import { EventEmitter } from 'node:events'
import { isExecEvent, keptEvents, keptExecEvents } from '../../shared/event-limits'
import type { ReportedEvent } from '../../shared/events'
import type { Emits } from '../lib'
import type { DockerEvent } from './events'

/** The most UTF-16 units of a text. A label may be of any length, and so may an event of a plugin. */
const textUnits = 1_000
const attributeLimit = 100
/** The most UTF-16 units of all attributes of an event. */
const attributesUnits = 16 * 1024

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
    kind: cut(Type),
    action: cut(action),
    detail: cut(detail),
    id: cut(id),
    name: cut(attributes.name ?? (Type === 'volume' ? id : '')),
    attributes: kept(Object.entries(attributes)),
  }
}

/**
 * The attributes that an event keeps, in their order. The shortest are kept, because the engine's own attributes are
 * short: an exit code, a signal, the name of an image.
 */
function kept(attributes: readonly [string, string][]): [string, string][] {
  const length = ([name, value]: readonly [string, string]) =>
    Math.min(name.length, textUnits) + Math.min(value.length, textUnits)
  let rest = attributesUnits
  const chosen = new Set(
    [...attributes]
      .sort((a, b) => length(a) - length(b))
      .slice(0, attributeLimit)
      .filter((attribute) => (rest -= length(attribute)) >= 0),
  )
  return attributes
    .filter((attribute) => chosen.has(attribute))
    .map(([name, value]) => [cut(name), cut(value)])
}

/** Copies the beginning of a text. The result of `slice` would keep the whole text in memory. */
function cut(text: string): string {
  return Buffer.from(text.slice(0, textUnits)).toString()
}
