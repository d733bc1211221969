import { isActive, type Container } from '../../shared/containers'
import type { OwnerHint } from '../../shared/mounts'

/** The twelve hexadecimal digits by which the Docker CLI names containers and images. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}

export type ContainerAction = 'start' | 'stop' | 'kill' | 'restart' | 'pause' | 'unpause'

/** The actions that the engine accepts in a container's state. */
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

/** The action that most users want next: a button shows it in the container's row. */
export function mainAction(container: Pick<Container, 'state'>): 'start' | 'stop' | 'unpause' {
  const allowed = allowedActions(container)
  return allowed.start ? 'start' : allowed.unpause ? 'unpause' : 'stop'
}

/** The containers that `docker ps` lists. They stop with the machine. */
export function runningContainers(containers: Iterable<Container>): Container[] {
  return [...containers].filter(isActive)
}

/** The containers that mount a volume. */
export function volumeUsers(containers: Iterable<Container>, volume: string): Container[] {
  return [...containers].filter(({ mounts }) =>
    mounts.some(({ type, source }) => type === 'volume' && source === volume),
  )
}

/** The containers that were created from an image. */
export function imageUsers(containers: Iterable<Container>, imageId: string): Container[] {
  return [...containers].filter((container) => container.imageId === imageId)
}

/** The owner hints about folders that a container mounts. */
export function hintsOf({ mounts }: Pick<Container, 'mounts'>, hints: readonly OwnerHint[]): OwnerHint[] {
  return hints.filter(({ guestPath }) =>
    mounts.some(
      ({ type, source }) => type === 'bind' && (guestPath === source || guestPath.startsWith(`${source}/`)),
    ),
  )
}
