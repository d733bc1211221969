import { imageReferenceProblem, isImageId } from '../../shared/image-references'
import type { Container } from '../../shared/containers'
import type { Image } from '../../shared/images'
import { familiarName, isOutdated, tagOwners } from '../../shared/outdated'
import { shortId } from '../../shared/short-id'

/** A row as in `docker images`: an image with one of its tags, or an image without tags. */
export interface ImageRow {
  key: string
  tag: string | undefined
  image: Image
  otherTags: string[]
}

/** The row of an image with all its tags. */
export function wholeImage(image: Image): ImageRow {
  return { key: image.id, tag: undefined, image, otherTags: [] }
}

/** Returns one row for each tag, and one row for each image without tags. */
export function imageRows(images: Iterable<Image>): ImageRow[] {
  return [...images].flatMap((image): ImageRow[] =>
    image.tags.length === 0
      ? [wholeImage(image)]
      : image.tags.map((tag) => ({
          key: tag,
          tag,
          image,
          otherTags: image.tags.filter((other) => other !== tag),
        })),
  )
}

export const imageFilters = ['all', 'used', 'unused', 'dangling', 'outdated'] as const
export type ImageFilter = (typeof imageFilters)[number]

/** Returns the image's name for texts and commands: its first tag, or its short id. */
export function imageName({ tags, id }: Pick<Image, 'tags' | 'id'>): string {
  return tags[0] ?? shortId(id)
}

/** Removes the tag or the digest from a reference. */
function repositoryOf(reference: string): string {
  const name = reference.split('@')[0] ?? ''
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? name.slice(0, name.lastIndexOf(':')) : name
}

/**
 * Returns the ids of the images whose tag has moved to another image. The engine does not record old tags, so there are
 * two signs. A container was created from a tag that another image has now. Or the image has no tags, and it came from
 * a repository from which there is a tagged image.
 */
export function outdatedImages(
  images: Iterable<Image>,
  containers: Iterable<Pick<Container, 'image' | 'imageId'>>,
): Set<string> {
  const all = [...images]
  const owners = tagOwners(all)
  const repositories = new Set([...owners.keys()].map(repositoryOf))
  const untagged = all.filter(
    ({ tags, digests }) =>
      tags.length === 0 && digests.some((digest) => repositories.has(repositoryOf(digest))),
  )
  const used = [...containers].filter((container) => isOutdated(container, owners))
  return new Set([...untagged.map(({ id }) => id), ...used.map(({ imageId }) => imageId)])
}

/** Returns true if a run must pull the image first: `reference` is a valid name, and no known image has this name. */
export function needsPull(reference: string, images: Iterable<Pick<Image, 'tags' | 'digests'>>): boolean {
  if (imageReferenceProblem(reference) !== undefined || isImageId(reference)) return false
  const name = familiarName(reference)
  return ![...images].some(({ tags, digests }) => tags.includes(name) || digests.includes(name))
}

/** Derives the initial name of an imported image from its file name, such as `my-root` from `My Root.tar.gz`. */
export function proposedImageName(fileName: string): string {
  return fileName
    .replace(/(?:\.tar)?(?:\.(?:gz|xz|zst|bz2|tar|tgz))?$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
