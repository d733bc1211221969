import { z } from 'zod'
import { errorCodes } from './codes'

export const errorParamsSchema = z.record(z.string(), z.union([z.string(), z.number()]))
export type ErrorParams = z.infer<typeof errorParamsSchema>

/** The form in which an error crosses the contract. The renderer looks up the texts in the user's language by code. */
export const berthErrorSchema = z.object({
  code: z.enum(errorCodes),
  params: errorParamsSchema,
  /** Raw output for experts: an engine message, the last console lines. Never a secret. */
  detail: z.string().optional(),
})
export type BerthErrorData = z.infer<typeof berthErrorSchema>
