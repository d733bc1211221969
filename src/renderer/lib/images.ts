import { imageReferenceProblem, isImageId, withDefaultTag } from '../../shared/image-references'
import type { Image } from '../../shared/images'

/** A row as in `docker images`: an image with one of its tags, or an image without tags. */
export interface ImageRow {
  key: string
  tag: string | undefined
  image: Image
  otherTags: string[]
}

/** Returns one row for each tag, and one row for each image without tags. */
export function imageRows(images: Iterable<Image>): ImageRow[] {
  return [...images].flatMap((image): ImageRow[] =>
    image.tags.length === 0
      ? [{ key: image.id, tag: undefined, image, otherTags: [] }]
      : image.tags.map((tag) => ({
          key: tag,
          tag,
          image,
          otherTags: image.tags.filter((other) => other !== tag),
        })),
  )
}

/** Returns true if a run must pull the image first: `reference` is a valid name, and no known image has this name. */
export function needsPull(reference: string, images: Iterable<Pick<Image, 'tags' | 'digests'>>): boolean {
  if (imageReferenceProblem(reference) !== undefined || isImageId(reference)) return false
  const name = withDefaultTag(reference).replace(/^(?:docker\.io\/(?:library\/)?|library\/)/, '')
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
