import type { ReportedEvent } from '../../shared/events'
import type { ContainerEnd } from '../../shared/hints'

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
      const code = Number(event.attributes.find(([name]) => name === 'exitCode')?.[1] ?? 0)
      const end = { time, code: Number.isInteger(code) ? code : 0, outOfMemory: outOfMemory.has(id) }
      ends.set(id, [...(ends.get(id) ?? []), end])
    }
  }
  return ends
}
