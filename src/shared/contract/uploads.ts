import { z } from 'zod'
import { uploadResultSchema, uploadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

/** The pieces of an upload. The area that receives the file has its own procedure to open the upload. */
export const uploads = {
  /** Sends one piece as base64. Replies when Berth is ready for another piece, so that the sender waits. */
  piece: procedure.input(uploadSchema.extend({ piece: z.base64() })).output(nothing),
  finish: procedure.input(uploadSchema).output(uploadResultSchema),
  abort: procedure.input(uploadSchema).output(nothing),
}
