import { isActive, type Container } from '../../shared/containers'
import type { PortForward } from '../../shared/ports'
import type { ContainerGroup } from './container-groups'
import { statusLook } from './container-status'
import type { Crashes } from './events'
import { exitReason } from './exit-reason'
import type { ContainerUse } from './stats'

/** Why a container needs the user's attention. `exit` is the key of a text under `summary.exit`. */
export type Trouble =
  | { kind: 'unhealthy' | 'dead' }
  | { kind: 'restarting' | 'exited'; exit: string; params: Record<string, string | number> }
  | { kind: 'start'; error: string }
  | { kind: 'port'; forward: PortForward }

export interface Troubled {
  container: Container
  trouble: Trouble
}

const severity: Record<Trouble['kind'], number> = {
  restarting: 0,
  unhealthy: 1,
  port: 2,
  dead: 3,
  start: 4,
  exited: 5,
}

/** A container that has ended so often lately restarts all the time, although it may run at this moment. */
const crashLoop = 3

function exitOf(kind: 'restarting' | 'exited', code: number, outOfMemory: boolean): Trouble {
  const { kind: exit, ...params } = exitReason(code, outOfMemory)
  return { kind, exit, params: { code, ...params } }
}

/**
 * Returns the containers that need attention, the most urgent first. An error that ended before `since` needs none,
 * because the user has seen it. `outOfMemory` are the ids of containers that have run out of memory. `crashes` are the
 * containers that have ended with an error lately.
 */
export function troubledContainers(
  containers: Iterable<Container>,
  options: {
    forwards: ReadonlyMap<string, readonly PortForward[]>
    since: number
    outOfMemory: ReadonlySet<string>
    crashes: ReadonlyMap<string, Crashes>
  },
): Troubled[] {
  const { forwards, since, outOfMemory, crashes } = options
  const troubleOf = (container: Container): Trouble | undefined => {
    const { id, state, finishedAt, createdAt, exitCode, error } = container
    const crash = crashes.get(id)
    const failed = forwards.get(container.id)?.find((forward) => forward.state === 'failed')
    // The engine reports the exit code 0 of a container that it is about to start again.
    if (state === 'restarting' || (state === 'running' && (crash?.count ?? 0) >= crashLoop))
      return exitOf(
        'restarting',
        (exitCode === 0 ? crash?.code : exitCode) ?? crash?.code ?? 0,
        outOfMemory.has(id),
      )
    if (isActive(container) && failed !== undefined) return { kind: 'port', forward: failed }
    if (statusLook(container).tone !== 'failed') return undefined
    if (state === 'running') return { kind: 'unhealthy' }
    if (Math.max(finishedAt ?? 0, createdAt) <= since) return undefined
    if (state === 'dead') return { kind: 'dead' }
    return state === 'created'
      ? { kind: 'start', error }
      : exitOf('exited', exitCode ?? 0, outOfMemory.has(id))
  }
  return [...containers]
    .flatMap((container): Troubled[] => {
      const trouble = troubleOf(container)
      return trouble === undefined ? [] : [{ container, trouble }]
    })
    .sort(
      (a, b) =>
        severity[a.trouble.kind] - severity[b.trouble.kind] ||
        (b.container.finishedAt ?? b.container.createdAt) - (a.container.finishedAt ?? a.container.createdAt),
    )
}

/** A group with a running container, or a running container without a group. */
export type RunningEntry =
  | { kind: 'group'; key: string; group: ContainerGroup; running: Container[] }
  | { kind: 'container'; key: string; container: Container }

/** Returns what runs: first the groups, then the containers without a group, the newest first. */
export function runningEntries(
  containers: Iterable<Container>,
  groups: ReadonlyMap<string, ContainerGroup>,
): RunningEntry[] {
  const grouped = new Set([...groups.values()].flatMap(({ members }) => members.map(({ id }) => id)))
  const single = [...containers]
    .filter((container) => isActive(container) && !grouped.has(container.id))
    .sort((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0))
  return [
    ...[...groups.values()].flatMap((group): RunningEntry[] => {
      const running = group.members.filter(isActive)
      return running.length === 0 ? [] : [{ kind: 'group', key: group.key, group, running }]
    }),
    ...single.map((container): RunningEntry => ({ kind: 'container', key: container.id, container })),
  ]
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What all containers use together now. */
export function totalUse(uses: Iterable<ContainerUse>): { cpu: number; memory: number } {
  let [cpu, memory] = [0, 0]
  for (const use of uses) {
    cpu += use.cpu.at(-1) ?? 0
    memory += use.memory.at(-1) ?? 0
  }
  return { cpu, memory }
}

/**
 * Returns the containers that use the most, at most `count`. The order depends on the last minute, because the order of
 * single measurements would change all the time.
 */
export function topContainers(
  containers: ReadonlyMap<string, Container>,
  uses: ReadonlyMap<string, ContainerUse>,
  count: number,
): Container[] {
  return [...uses]
    .flatMap(([id, { cpu, memory }]) => {
      const container = containers.get(id)
      return container === undefined || !isActive(container)
        ? []
        : [{ container, cpu: average(cpu), memory: average(memory) }]
    })
    .sort((a, b) => b.cpu - a.cpu || b.memory - a.memory)
    .slice(0, count)
    .map(({ container }) => container)
}
