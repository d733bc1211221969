import { attributeOf } from '../../../shared/container-events'
import type { ReportedEvent } from '../../../shared/events'
import { type Facts, helloName as image } from '../facts'
import type { Lesson } from '../lesson'

/** The newest container whose details fulfil the test. */
function limited(facts: Facts, kind: 'memory' | 'cpu') {
  for (const container of [...facts.containers].reverse()) {
    const limit = facts.details.get(container.id)?.limits[kind] ?? null
    if (limit !== null) return { container, limit }
  }
  return undefined
}

/** Limits of memory and processors, which the kernel enforces with a cgroup. */
const limits: Lesson = {
  id: 'limits',
  images: ['hello'],
  reads: ['details'],
  isolated: ({ containers, details }) =>
    containers
      .filter(({ id, state }) => state === 'running' && typeof details.get(id)?.limits.cpu === 'number')
      .map(({ id }) => id),
  commands: () => [
    `docker run -m 32m --name learn-memory ${image} eat`,
    `docker run -d --cpus 0.2 --name learn-cpu ${image} spin`,
    'docker stats --no-stream learn-cpu',
  ],
  hasForm: true,
  places: ['cgroup', 'container', 'events'],
  // The summary says why the first container was killed. The second one still runs, so its cgroup exists.
  subject: (facts, page) => {
    const { container } = limited(facts, page === 'container' ? 'memory' : 'cpu') ?? {}
    return container?.id
  },
  checks: [
    {
      id: 'memory',
      look: (facts) => {
        const found = limited(facts, 'memory')
        return found && { observed: { name: found.container.name, mebibytes: found.limit / 2 ** 20 } }
      },
    },
    {
      id: 'killed',
      look: (facts) => {
        const found = facts.containers.find(({ id, exitCode }) => {
          return exitCode === 137 && facts.details.get(id)?.outOfMemory === true
        })
        return found && { observed: { name: found.name, code: 137 } }
      },
    },
    {
      id: 'cpu',
      look: (facts) => {
        const found = limited(facts, 'cpu')
        return found && { observed: { name: found.container.name, cpus: found.limit } }
      },
    },
    {
      id: 'throttled',
      look: ({ containers, throttled }) => {
        const found = containers.find(({ id }) => (throttled.get(id) ?? 0) > 0)
        return found && { observed: { name: found.name, count: throttled.get(found.id) ?? 0 } }
      },
    },
  ],
}

const name = 'learn-inside'
const inside = (facts: Facts) =>
  [...facts.containers].reverse().find((one) => one.name === name && one.state === 'running')

/** True if an event begins a shell in the container, or a ps that has succeeded. */
function isLook(start: ReportedEvent, events: Facts['events']): boolean {
  if (start.action !== 'exec_start') return false
  if (/(?:^|\s|\/)sh\b/.test(start.detail)) return true
  const id = attributeOf(start, 'execID')
  const end = events.find((event) => event.action === 'exec_die' && attributeOf(event, 'execID') === id)
  return /(?:^|\/)ps\b/.test(start.detail) && end !== undefined && attributeOf(end, 'exitCode') === '0'
}

/** The namespaces of a container: its processes as the container sees them, and as the machine does. */
const namespaces: Lesson = {
  id: 'namespaces',
  images: ['hello'],
  isolated: (facts) => {
    const container = inside(facts)
    return container === undefined ? [] : [container.id]
  },
  commands: () => [
    `docker run -d --name ${name} ${image} rest`,
    `docker exec ${name} ps`,
    `docker top ${name}`,
    `docker exec ${name} readlink /proc/1/ns/pid`,
  ],
  hasForm: true,
  places: ['isolation', 'stack', 'shell'],
  subject: (facts) => inside(facts)?.id,
  checks: [
    {
      id: 'inside',
      look: (facts) => {
        const looked = facts.events.find((event) => event.name === name && isLook(event, facts.events))
        return looked && { observed: { name, command: looked.detail.trim() } }
      },
    },
    {
      id: 'outside',
      look: (facts) => {
        const container = inside(facts)
        return container && container.pid > 1 ? { observed: { name, pid: container.pid } } : undefined
      },
    },
    {
      id: 'different',
      look: (facts) => {
        const container = inside(facts)
        const kinds = container && facts.namespaces.get(container.id)
        return kinds === undefined ? undefined : { observed: { name, kinds } }
      },
    },
  ],
}

/** The chapter about what isolates a container. */
export const isolation: readonly Lesson[] = [limits, namespaces]
