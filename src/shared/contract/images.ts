import { z } from 'zod'
import { imageReferenceSchema } from '../images'
import { sessionInfoSchema } from '../sessions'
import { nothing, procedure, uploadId } from './procedure'

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
    .output(uploadId),
  /** Sends one piece as base64. Replies when the engine is ready for another piece, so that the sender waits. */
  importPiece: procedure.input(uploadId.extend({ piece: z.base64() })).output(nothing),
  importFinish: procedure.input(uploadId).output(z.object({ id: z.string() })),
  importAbort: procedure.input(uploadId).output(nothing),
}
