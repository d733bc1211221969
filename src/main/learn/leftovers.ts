import { composeLabels } from '../../shared/compose'
import type { Leftover } from '../../shared/learn'
import { learnLabel } from '../../shared/lessons'
import type { Engine, EngineState } from '../engine'
import { isFromWatched } from './facts'
import { composeProject, lessonNames } from './lessons'

/**
 * The objects that Learn made: those with its label, and those that have been made since the user began the first
 * lesson and have a name from the lessons' commands. Some commands, such as `docker import`, cannot know the label. A
 * container is one of them only if it comes from an image that the lessons use, whatever its name is.
 */
export function leftovers(
  state: Pick<EngineState, 'containers' | 'images' | 'volumes' | 'networks'>,
  begunAt: number | null,
): Leftover[] {
  // The machine's clock may be a few seconds behind.
  const since = (begunAt ?? Infinity) - 60_000
  const isNew = ({ createdAt }: Named) => createdAt >= since
  const isLabelled = (object: Named) =>
    Object.hasOwn(object.labels, learnLabel) || (isNew(object) && isOfProject(object.labels))
  const isMade = (object: Named) =>
    isLabelled(object) || (isNew(object) && lessonNames.has(object.name.replace(/:latest$/, '')))
  // The newest first, because an image may be the base of a newer one.
  const images = [...state.images.values()]
    .sort((a, b) => b.createdAt - a.createdAt)
    .map(({ id, labels, createdAt, tags }) => ({
      id,
      names: (tags.length === 0 ? [id] : tags).filter((name) => isMade({ name, labels, createdAt })),
    }))
  const imageIds = new Set(images.filter(({ names }) => names.length > 0).map(({ id }) => id))
  return [
    ...[...state.containers.values()]
      .filter(
        (one) =>
          isLabelled(one) ||
          (isNew(one) && (imageIds.has(one.imageId) || (lessonNames.has(one.name) && isFromWatched(one)))),
      )
      .map(({ id, name }): Leftover => ({ kind: 'container', id, name })),
    ...images.flatMap(({ names }) =>
      names.map((id): Leftover => ({
        kind: 'image',
        id,
        name: id.replace(/^(sha256:[0-9a-f]{12}).*$/, '$1'),
      })),
    ),
    ...[...state.volumes.values()]
      .filter(isMade)
      .map(({ name }): Leftover => ({ kind: 'volume', id: name, name })),
    ...[...state.networks.values()]
      .filter(isMade)
      .map(({ id, name }): Leftover => ({ kind: 'network', id, name })),
  ]
}

interface Named {
  name: string
  labels: Readonly<Record<string, string>>
  createdAt: number
}

/** True for what compose made for the project of the lessons. */
function isOfProject(labels: Named['labels']): boolean {
  return labels[composeLabels.project] === composeProject
}

/** What removes objects. */
export interface Remover {
  readonly containers: Pick<Engine['containers'], 'remove'>
  readonly images: Pick<Engine['images'], 'remove'>
  readonly volumes: Pick<Engine['volumes'], 'remove'>
  readonly networks: Pick<Engine['networks'], 'remove'>
}

/**
 * Removes objects, and returns their number. Containers go first, because they use the others.
 * @throws BerthError the first error; the other objects are removed all the same
 */
export async function removeLeftovers(engine: Remover, objects: readonly Leftover[]): Promise<number> {
  const failures: unknown[] = []
  let removed = 0
  for (const { kind, id } of objects) {
    try {
      if (kind === 'container') await engine.containers.remove(id, { force: true, volumes: true })
      else if (kind === 'image') await engine.images.remove(id, false)
      else if (kind === 'volume') await engine.volumes.remove(id)
      else await engine.networks.remove(id)
      removed += 1
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return removed
}
