import type { Container } from './containers'
import { isImageId, withDefaultTag } from './image-references'
import type { Image } from './images'

/** Returns the name that the engine shows for a reference, such as `app:latest` for `docker.io/library/app`. */
export function familiarName(reference: string): string {
  return withDefaultTag(reference).replace(/^(?:docker\.io\/(?:library\/)?|library\/)/, '')
}

/** Returns the ids of the images by their tags. */
export function tagOwners(images: Iterable<Pick<Image, 'id' | 'tags'>>): ReadonlyMap<string, string> {
  return new Map([...images].flatMap(({ tags, id }) => tags.map((tag) => [tag, id] as const)))
}

/**
 * Returns true if the container's tag now means another image in the machine than the one the container runs on.
 * `owners` are the ids of the images by their tags.
 */
export function isOutdated(
  { image: reference, imageId }: Pick<Container, 'image' | 'imageId'>,
  owners: ReadonlyMap<string, string>,
): boolean {
  if (isImageId(reference) || reference.includes('@')) return false
  const owner = owners.get(familiarName(reference))
  return owner !== undefined && owner !== imageId
}
