import { attributeOf, endsByContainer } from '../../shared/container-events'
import { isExecEvent, keptEvents, keptExecEvents } from '../../shared/event-limits'
import type { ReportedEvent, ReportedEvents } from '../../shared/events'

/**
 * Applies a message of the stream to the events in place. Keeps as many events as main does: those of commands in
 * containers have a limit of their own, so that health checks do not replace all others.
 */
export function applyReportedEvents(events: ReportedEvent[], message: ReportedEvents): void {
  if (message.type === 'snapshot') {
    events.splice(0, events.length, ...message.events)
    return
  }
  events.push(message.event)
  const exec = isExecEvent(message.event)
  const limit = exec ? keptExecEvents : keptEvents
  if (events.length <= limit) return
  const isSame = (event: ReportedEvent) => isExecEvent(event) === exec
  let count = 0
  for (const event of events) if (isSame(event)) count += 1
  if (count > limit) events.splice(events.findIndex(isSame), 1)
}

/**
 * The events that a list shows while it stands still: those that it held, also when the live ones have been replaced by
 * newer ones, and those that the user has asked for since, but none that is newer than the held ones.
 */
export function standingEvents(
  held: readonly ReportedEvent[],
  live: readonly ReportedEvent[],
  { exec }: { exec: boolean },
): ReportedEvent[] {
  const newest = newestNumber(held)
  const numbers = new Set(held.map(({ number }) => number))
  const later = live.filter(({ number }) => number <= newest && !numbers.has(number))
  return [...held, ...later]
    .filter((event) => exec || !isExecEvent(event))
    .sort((a, b) => a.number - b.number)
}

/** The number of the newest of some events, which are in order. */
export function newestNumber(events: readonly ReportedEvent[]): number {
  return events.at(-1)?.number ?? 0
}

export const eventKinds = ['container', 'image', 'volume', 'network', 'other'] as const
export type EventKind = (typeof eventKinds)[number]

export function eventKind({ kind }: Pick<ReportedEvent, 'kind'>): EventKind {
  return eventKinds.find((known) => known === kind) ?? 'other'
}

export const eventIcons: Record<EventKind, string> = {
  container: 'i-lucide-box',
  image: 'i-lucide-layers',
  volume: 'i-lucide-database',
  network: 'i-lucide-network',
  other: 'i-lucide-server',
}

/** What an event has done, as a key of the texts `events.did`, such as `exitedWith`. */
export interface Deed {
  text: string
  params: Record<string, string>
  tone: 'good' | 'bad' | 'neutral'
}

// Maps, because an action may be any text.
const containerDeeds = new Map([
  ['create', 'created'],
  ['start', 'started'],
  ['restart', 'restarted'],
  ['pause', 'paused'],
  ['unpause', 'unpaused'],
  ['rename', 'renamed'],
  ['destroy', 'removed'],
  ['update', 'updated'],
])
const otherDeeds: Record<Exclude<EventKind, 'container'>, ReadonlyMap<string, string>> = {
  image: new Map([
    ['pull', 'pulled'],
    ['push', 'pushed'],
    ['tag', 'tagged'],
    ['untag', 'untagged'],
    ['delete', 'removed'],
    ['import', 'imported'],
    ['load', 'loaded'],
    ['create', 'created'],
  ]),
  volume: new Map([
    ['create', 'created'],
    ['destroy', 'removed'],
  ]),
  network: new Map([
    ['create', 'created'],
    ['destroy', 'removed'],
    ['remove', 'removed'],
  ]),
  other: new Map([['reload', 'reloaded']]),
}

/** Returns what an event has done. Undefined for events that most users do not care about. */
export function deedOf(event: ReportedEvent): Deed | undefined {
  const deed = (text: string | undefined, tone: Deed['tone'] = 'neutral', params = {}): Deed | undefined =>
    text === undefined ? undefined : { text, params, tone }
  const kind = eventKind(event)
  if (kind !== 'container') return deed(otherDeeds[kind].get(event.action))
  if (event.action === 'die') {
    const code = attributeOf(event, 'exitCode') ?? ''
    return code === '' || code === '0' ? deed('exited') : deed('exitedWith', 'bad', { code })
  }
  if (event.action === 'oom') return deed('outOfMemory', 'bad')
  if (event.action === 'health_status')
    return event.detail === 'healthy' ? deed('healthy', 'good') : deed('unhealthy', 'bad')
  return deed(containerDeeds.get(event.action), event.action === 'start' ? 'good' : 'neutral')
}

/** Actions that only the list of all events names. */
const smallDeeds = new Map([
  ['container stop', 'stopped'],
  ['container attach', 'attached'],
  ['container resize', 'resized'],
  ['container commit', 'committed'],
  ['container export', 'exported'],
  ['container exec_create', 'execCreated'],
  ['container exec_start', 'execStarted'],
  ['image save', 'saved'],
  ['volume mount', 'mounted'],
  ['volume unmount', 'unmounted'],
  ['network connect', 'connected'],
  ['network disconnect', 'disconnected'],
])

/** Returns what an event has done, for the list of all events. Undefined for an action without a text. */
export function namedDeed(event: ReportedEvent): Pick<Deed, 'text' | 'params'> | undefined {
  const known = deedOf(event)
  if (known !== undefined) return known
  const signal = attributeOf(event, 'signal')
  if (event.action === 'kill' && signal !== undefined) return { text: 'signalled', params: { signal } }
  const code = attributeOf(event, 'exitCode')
  if (event.action === 'exec_die' && code !== undefined) return { text: 'execEnded', params: { code } }
  const text = smallDeeds.get(`${event.kind} ${event.action}`)
  return text === undefined ? undefined : { text, params: { detail: event.detail } }
}

/** The attributes as one text. The labels of an object come last, because every event of the object has them. */
export function attributesText({ attributes }: Pick<ReportedEvent, 'attributes'>): string {
  const shown = attributes.filter(([name]) => name !== 'name')
  const isOfEngine = ([name]: readonly [string, string]) => /^[a-zA-Z]+$/.test(name) && name !== 'image'
  return [...shown.filter(isOfEngine), ...shown.filter((one) => !isOfEngine(one))]
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** How often a container has ended with an error, and the last exit code. */
export interface Crashes {
  count: number
  code: number
}

/** Returns the containers that have ended with an error since a time, unless the user asked for their ends. */
export function crashesSince(events: readonly ReportedEvent[], since: number): Map<string, Crashes> {
  const crashes = new Map<string, Crashes>()
  for (const [id, ends] of endsByContainer(events)) {
    const codes = ends.filter(({ time, code }) => time > since && code > 0).map(({ code }) => code)
    const last = codes.at(-1)
    if (last !== undefined) crashes.set(id, { count: codes.length, code: last })
  }
  return crashes
}

/** An object that has changed, and what happened to it, oldest first. */
export interface ObjectChange {
  key: string
  kind: EventKind
  id: string
  name: string
  /** The time of the last event. */
  time: number
  deeds: Deed[]
}

/** How many deeds of an object are worth reading. A container that restarts all the time has thousands. */
const deedsShown = 4

/** Sums up what has happened since a time, one entry for each object, the newest first. */
export function changesSince(events: readonly ReportedEvent[], since: number): ObjectChange[] {
  const changes = new Map<string, ObjectChange>()
  for (const event of events) {
    if (event.time <= since) continue
    const deed = deedOf(event)
    if (deed === undefined) continue
    const kind = eventKind(event)
    const key = `${event.kind} ${event.id}`
    const { deeds } = changes.get(key) ?? { deeds: [] }
    const last = deeds.at(-1)
    const isRepeated = last !== undefined && JSON.stringify(last) === JSON.stringify(deed)
    const all = isRepeated ? deeds : [...deeds, deed]
    // The newest change is the last one of the map.
    changes.delete(key)
    changes.set(key, {
      key,
      kind,
      id: event.id,
      name: event.name,
      time: event.time,
      deeds: all.slice(-deedsShown),
    })
  }
  return [...changes.values()].reverse()
}
