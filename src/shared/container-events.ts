import type { ReportedEvent } from './events'
import type { ContainerEnd } from './hints'

/** The value of an event's attribute. Undefined if the event does not have it. */
export function attributeOf(
  { attributes }: Pick<ReportedEvent, 'attributes'>,
  name: string,
): string | undefined {
  return attributes.find(([key]) => key === name)?.[1]
}

/** What the events tell about the health checks of a container's last run. */
export interface HealthEvents {
  /** True if a check has passed. */
  passed: boolean
  /** True if the events reach back to the start of the run. */
  sinceStart: boolean
}

export function healthByContainer(events: readonly ReportedEvent[]): Map<string, HealthEvents> {
  const found = new Map<string, HealthEvents>()
  for (const { kind, id, action, detail } of events) {
    if (kind !== 'container') continue
    if (action === 'start') found.set(id, { passed: false, sinceStart: true })
    else if (action === 'health_status' && detail === 'healthy')
      found.set(id, { passed: true, sinceStart: found.get(id)?.sinceStart ?? false })
  }
  return found
}

/**
 * The ends of each container that nobody has asked for, oldest first. Before an end that the user asked for, the engine
 * reports the signal of `docker stop`, `restart` or `kill`.
 */
export function endsByContainer(events: readonly ReportedEvent[]): Map<string, ContainerEnd[]> {
  const ends = new Map<string, ContainerEnd[]>()
  /** The containers that have got a signal since they were started. */
  const signalled = new Set<string>()
  const outOfMemory = new Set<string>()
  for (const event of events) {
    if (event.kind !== 'container') continue
    const { id, action, time } = event
    if (action === 'kill') signalled.add(id)
    else if (action === 'oom') outOfMemory.add(id)
    else if (action === 'start') {
      signalled.delete(id)
      outOfMemory.delete(id)
    } else if (action === 'die' && !signalled.has(id)) {
      const code = Number(attributeOf(event, 'exitCode') ?? 0)
      const end = { time, code: Number.isInteger(code) ? code : 0, outOfMemory: outOfMemory.has(id) }
      const others = ends.get(id)
      if (others === undefined) ends.set(id, [end])
      else others.push(end)
    }
  }
  return ends
}
