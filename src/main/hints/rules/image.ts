import { withDefaultTag } from '../../../shared/image-references'
import { isOutdated, familiarName } from '../../../shared/outdated'
import type { FindingOf } from '../../../shared/hints'
import type { Subject, Surroundings } from '../subject'

const dayMs = 24 * 3_600_000

/** The container's tag now means a newer image in the machine. An older one is what the user wants. */
export function imageRule(
  { container }: Subject,
  { images, tagOwners }: Surroundings,
): FindingOf<'image'> | undefined {
  if (!isOutdated(container, tagOwners)) return undefined
  const own = images.get(container.imageId)
  const newer = images.get(tagOwners.get(familiarName(container.image)) ?? '')
  const age = newer === undefined ? 0 : newer.createdAt - (own?.createdAt ?? newer.createdAt)
  if (age < 0) return undefined
  return { rule: 'image', image: withDefaultTag(container.image), days: Math.floor(age / dayMs) }
}
