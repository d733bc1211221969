import { z } from 'zod'
import { errorCodes } from './codes'

export const errorParamsSchema = z.record(z.string(), z.union([z.string(), z.number()]))
export type ErrorParams = z.infer<typeof errorParamsSchema>

/** The form of an error in the contract. The renderer looks up the texts in the user's language by the code. */
export const berthErrorSchema = z.object({
  code: z.enum(errorCodes),
  params: errorParamsSchema,
  /** Raw output for experts, such as an engine message or the last console lines. It never contains a secret. */
  detail: z.string().optional(),
})
export type BerthErrorData = z.infer<typeof berthErrorSchema>
