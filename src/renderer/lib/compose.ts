import {
  composeConditions,
  composeLabels,
  type ComposeDependency,
  type ComposeProject,
  type ComposeService,
} from '../../shared/compose'
import { isActive, type Container } from '../../shared/containers'
import { statusLook, type StatusTone } from './container-status'

/** The containers of each project by its name, without those of `docker compose run`. */
export function projectContainers(containers: Iterable<Container>): Map<string, Container[]> {
  const found = new Map<string, Container[]>()
  for (const container of containers) {
    const project = container.labels[composeLabels.project]
    if (project === undefined || container.labels[composeLabels.oneOff] === 'True') continue
    const others = found.get(project)
    if (others === undefined) found.set(project, [container])
    else others.push(container)
  }
  return found
}

/** How the containers of a project or of a service are, all together. */
export interface GroupState {
  kind: 'none' | 'stopped' | 'partly' | 'failed' | 'running' | 'starting' | 'unhealthy' | 'restarting'
  tone: StatusTone
  icon: string
  running: number
  total: number
}

export function groupState(containers: readonly Container[]): GroupState {
  const running = containers.filter(isActive).length
  const total = containers.length
  const has = (test: (container: Container) => boolean) => containers.some(test)
  const look = (kind: GroupState['kind'], tone: StatusTone, icon: string): GroupState => ({
    kind,
    tone,
    icon,
    running,
    total,
  })
  if (total === 0) return look('none', 'stopped', 'i-lucide-circle-dashed')
  if (has(({ health, state }) => health === 'unhealthy' && state === 'running'))
    return look('unhealthy', 'failed', 'i-lucide-heart-crack')
  if (has(({ state }) => state === 'restarting')) return look('restarting', 'busy', 'i-lucide-refresh-cw')
  if (has((container) => !isActive(container) && statusLook(container).tone === 'failed'))
    return look('failed', 'failed', 'i-lucide-circle-alert')
  if (running === 0) return look('stopped', 'stopped', 'i-lucide-circle-stop')
  // A container that has done its work, such as a migration, is no reason to worry.
  const isDone = ({ state, exitCode }: Container) => state === 'exited' && exitCode === 0
  if (running < total)
    return has((container) => !isActive(container) && !isDone(container))
      ? look('partly', 'waiting', 'i-lucide-circle-dot-dashed')
      : look('partly', 'running', 'i-lucide-circle-play')
  if (has(({ health }) => health === 'starting')) return look('starting', 'busy', 'i-lucide-circle-ellipsis')
  return look('running', 'running', 'i-lucide-circle-play')
}

/** A service of a project: what the files say about it, and its containers. */
export interface ServiceView {
  name: string
  /** Undefined if the files cannot be read, or no longer have the service. */
  described: ComposeService | undefined
  /** In the order of their numbers. */
  containers: Container[]
  image: string
  dependsOn: readonly ComposeDependency[]
  /** True if the files can be read and do not have the service. */
  orphan: boolean
}

/** The services of a project by name: those in its files, and those of its containers. */
export function serviceViews(
  containers: readonly Container[],
  described: readonly ComposeService[] | null,
): ServiceView[] {
  const byService = new Map<string, Container[]>(described?.map(({ name }) => [name, []]))
  for (const container of containers) {
    const service = container.labels[composeLabels.service]
    if (service === undefined) continue
    const others = byService.get(service)
    if (others === undefined) byService.set(service, [container])
    else others.push(container)
  }
  return [...byService]
    .map(([name, members]) => {
      const sorted = members.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
      const found = described?.find((service) => service.name === name)
      return {
        name,
        described: found,
        containers: sorted,
        // Without a name in the files, compose names the image that it builds.
        image: found !== undefined && found.image !== '' ? found.image : (sorted[0]?.image ?? ''),
        dependsOn: found?.dependsOn ?? dependenciesOf(sorted[0]),
        orphan: described !== null && found === undefined,
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** Reads the label `db:service_healthy:false,cache:service_started:true`. The last part says whether to restart. */
function dependenciesOf(container: Container | undefined): ComposeDependency[] {
  const label = container?.labels[composeLabels.dependsOn] ?? ''
  return label.split(',').flatMap((entry) => {
    const [service = '', condition] = entry.split(':')
    if (service === '') return []
    return [
      { service, condition: composeConditions.find((one) => one === condition) ?? composeConditions[0] },
    ]
  })
}

/** The paths of files, relative to the project's folder where they are in it. */
export function shortPaths({ folder }: Pick<ComposeProject, 'folder'>, paths: readonly string[]): string[] {
  return paths.map((path) =>
    folder !== '' && /^[\\/]/.test(path.slice(folder.length)) && path.startsWith(folder)
      ? path.slice(folder.length + 1)
      : path,
  )
}

/** True for a path that needs no current folder, on any system. `~` means the user's folder. */
export function isFullPath(path: string): boolean {
  return /^(?:\/|~(?:$|[\\/])|[A-Za-z]:[\\/]|\\\\)/.test(path)
}
