import type { Container } from '../../shared/containers'
import type { OwnerHint } from '../../shared/mounts'

/** The twelve hexadecimal digits by which the docker CLI names containers and images. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}

export type ContainerAction = 'start' | 'stop' | 'kill' | 'restart'

/** The actions that a container's state allows. */
export function allowedActions({ state }: Container): Record<ContainerAction, boolean> {
  const up = state === 'running' || state === 'restarting' || state === 'paused'
  return {
    start: state === 'created' || state === 'exited',
    stop: up,
    kill: up,
    restart: up || state === 'exited',
  }
}

export function runningContainers(containers: Iterable<Container>): Container[] {
  return [...containers].filter(({ state }) => state === 'running')
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
