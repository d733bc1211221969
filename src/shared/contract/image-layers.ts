import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { filePathSchema } from '../files'
import { longestImageSearch } from '../image-figures'
import {
  comparisonEventSchema,
  findingsEventSchema,
  imageFolderSchema,
  imageLayersSchema,
  wasteEventSchema,
} from '../image-layers'
import { imageIdSchema } from '../images'
import { procedure } from './procedure'

const image = z.object({ image: imageIdSchema })

/** What is inside an image. Reading starts nothing and changes nothing. */
export const imageLayers = {
  /** Returns the layers, and which other images share them. */
  list: procedure.input(image).output(imageLayersSchema),
  /** Lists a folder of a layer, or of the whole image if `layer` is null. Lists the names from number `from` on. */
  folder: procedure
    .input(
      image.extend({
        layer: z.number().int().positive().max(512).nullable(),
        path: filePathSchema,
        from: z.number().int().nonnegative().max(10_000_000),
      }),
    )
    .output(imageFolderSchema),
  /** Counts the bytes that later layers hide. The last event is the result. */
  waste: procedure.input(image).output(eventIterator(wasteEventSchema)),
  /** Finds names in all layers. A text with a slash is searched for in paths. The last event is the result. */
  find: procedure
    .input(
      image.extend({
        text: z
          .string()
          .min(1)
          .max(longestImageSearch)
          .regex(/^[^\0]*$/),
      }),
    )
    .output(eventIterator(findingsEventSchema)),
  /** Compares the files of two images. The last event is the result. */
  compare: procedure
    .input(image.extend({ other: imageIdSchema }))
    .output(eventIterator(comparisonEventSchema)),
}
