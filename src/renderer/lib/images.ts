import type { Image } from '../../shared/images'

/** A line of `docker images`: an image under one of its tags, or an image that has none. */
export interface ImageRow {
  key: string
  tag: string | undefined
  image: Image
  /** The image's other tags. */
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
