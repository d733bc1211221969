import type { Leftover } from '../../shared/learn'
import { learnLabel } from '../../shared/lessons'
import type { Engine, EngineState } from '../engine'
import { isOfLearn } from './facts'

/**
 * The objects that Learn made: those with its label, and those that have been made since the user began the first
 * lesson and whose names begin with `learn-`. Some commands, such as `docker import`, cannot know the label.
 */
export function leftovers(
  state: Pick<EngineState, 'containers' | 'images' | 'volumes' | 'networks'>,
  begunAt: number | null,
): Leftover[] {
  // The machine's clock may be a few seconds behind.
  const since = (begunAt ?? Infinity) - 60_000
  const isMade = (object: { name: string; labels: Record<string, string>; createdAt: number }) =>
    Object.hasOwn(object.labels, learnLabel) || (isOfLearn(object) && object.createdAt >= since)
  const isMadeImage = (name: string, image: { labels: Record<string, string>; createdAt: number }) =>
    isMade({ name, ...image })
  return [
    ...[...state.containers.values()]
      .filter(isMade)
      .map(({ id, name }): Leftover => ({ kind: 'container', id, name })),
    // The newest first, because an image may be the base of a newer one.
    ...[...state.images.values()]
      .sort((a, b) => b.createdAt - a.createdAt)
      .flatMap((image): Leftover[] => {
        const { id, labels, createdAt, tags } = image
        const names = tags.length === 0 ? [id] : tags
        return names
          .filter((name) => isMadeImage(name, { labels, createdAt }))
          .map((name) => ({ kind: 'image', id: name, name: name.replace(/^(sha256:[0-9a-f]{12}).*$/, '$1') }))
      }),
    ...[...state.volumes.values()]
      .filter(isMade)
      .map(({ name }): Leftover => ({ kind: 'volume', id: name, name })),
    ...[...state.networks.values()]
      .filter(isMade)
      .map(({ id, name }): Leftover => ({ kind: 'network', id, name })),
  ]
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
