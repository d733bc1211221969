import { z } from 'zod'
import { imageReferenceSchema } from '../images'
import { sessionInfoSchema } from '../sessions'
import { uploadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

export const images = {
  pull: procedure.input(z.object({ reference: imageReferenceSchema })).output(sessionInfoSchema),
  remove: procedure.input(z.object({ image: z.string().min(1), force: z.boolean() })).output(nothing),
  importOpen: procedure
    .input(
      z.object({
        reference: imageReferenceSchema,
        fileName: z.string(),
        bytes: z.number().int().nonnegative(),
      }),
    )
    .output(uploadSchema),
}
