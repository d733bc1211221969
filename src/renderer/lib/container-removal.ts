import { isActive, type Container } from '../../shared/containers'
import type { Volume } from '../../shared/volumes'

/** What the removal of some containers deletes, kills and keeps. */
export interface Removal {
  /** The names of the containers that are killed, because they run or are paused. */
  killed: string[]
  /** The anonymous volumes that are deleted. */
  deletedVolumes: string[]
  /** The named volumes that are kept. */
  keptVolumes: string[]
}

/** Returns what a removal with `force` and `volumes` does. */
export function removalOf(
  containers: readonly Container[],
  volumes: ReadonlyMap<string, Pick<Volume, 'anonymous'>>,
): Removal {
  const mounted = new Set(
    containers.flatMap(({ mounts }) =>
      mounts.filter(({ type }) => type === 'volume').map(({ source }) => source),
    ),
  )
  const isAnonymous = (name: string) => volumes.get(name)?.anonymous === true
  return {
    killed: containers.filter(isActive).map(({ name }) => name),
    deletedVolumes: [...mounted].filter(isAnonymous),
    keptVolumes: [...mounted].filter((name) => !isAnonymous(name)),
  }
}
