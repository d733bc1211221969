import { imageReferenceProblem, isImageId, withDefaultTag } from '../../shared/image-references'
import type { Image } from '../../shared/images'

/** A line of `docker images`: an image under one of its tags, or an image without tags. */
export interface ImageRow {
  key: string
  tag: string | undefined
  image: Image
  otherTags: string[]
}

/** One row for each tag, and one for each untagged image. */
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

/** Whether an image must be pulled before a container can run it: it has a valid name that no image here has. */
export function needsPull(reference: string, images: Iterable<Pick<Image, 'tags' | 'digests'>>): boolean {
  if (imageReferenceProblem(reference) !== undefined || isImageId(reference)) return false
  const name = withDefaultTag(reference).replace(/^(?:docker\.io\/(?:library\/)?|library\/)/, '')
  return ![...images].some(({ tags, digests }) => tags.includes(name) || digests.includes(name))
}

/** `My Root.tar.gz` → `my-root`: the first proposal for the name of an imported image. */
export function proposedImageName(fileName: string): string {
  return fileName
    .replace(/(?:\.tar)?(?:\.(?:gz|xz|zst|bz2|tar|tgz))?$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
