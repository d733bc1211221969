import { isActive, type Container } from '../../shared/containers'
import type { OwnerHint } from '../../shared/mounts'

/** Compose writes the name of the project into this label of its containers. */
const projectLabel = 'com.docker.compose.project'

/** Returns the Compose project of a container. Undefined if it has none. */
export function projectOf({ labels }: Pick<Container, 'labels'>): string | undefined {
  const project = labels[projectLabel]
  return project === '' ? undefined : project
}

export type ContainerAction = 'start' | 'stop' | 'kill' | 'restart' | 'pause' | 'unpause'

/** Says for each action whether Berth offers it in the container's current state. */
export function allowedActions(container: Pick<Container, 'state'>): Record<ContainerAction, boolean> {
  const { state } = container
  const active = isActive(container)
  return {
    start: state === 'created' || state === 'exited',
    stop: active,
    kill: active,
    restart: active || state === 'exited',
    pause: state === 'running',
    unpause: state === 'paused',
  }
}

/** Returns the action that most users want next. The container's row has a button for this action. */
export function mainAction(container: Pick<Container, 'state'>): 'start' | 'stop' | 'unpause' {
  const allowed = allowedActions(container)
  return allowed.start ? 'start' : allowed.unpause ? 'unpause' : 'stop'
}

/** Returns the containers that `docker ps` lists. These containers stop when the machine stops. */
export function runningContainers(containers: Iterable<Container>): Container[] {
  return [...containers].filter(isActive)
}

/** Returns the running containers that may write to a volume. */
export function volumeWriters(containers: Iterable<Container>, volume: string): Container[] {
  return [...containers].filter(
    ({ state, mounts }) =>
      state === 'running' &&
      mounts.some(({ type, source, readOnly }) => type === 'volume' && source === volume && !readOnly),
  )
}

/** Returns the containers that mount a volume. */
export function volumeUsers(containers: Iterable<Container>, volume: string): Container[] {
  return [...containers].filter(({ mounts }) =>
    mounts.some(({ type, source }) => type === 'volume' && source === volume),
  )
}

/** Returns the containers that were created from an image. */
export function imageUsers(containers: Iterable<Container>, imageId: string): Container[] {
  return [...containers].filter((container) => container.imageId === imageId)
}

/** Returns the owner hints for the folders that a container mounts. */
export function hintsOf({ mounts }: Pick<Container, 'mounts'>, hints: readonly OwnerHint[]): OwnerHint[] {
  return hints.filter(({ guestPath }) =>
    mounts.some(
      ({ type, source }) => type === 'bind' && (guestPath === source || guestPath.startsWith(`${source}/`)),
    ),
  )
}
