import { z } from 'zod'
import { errors } from '../i18n/en/errors'
import { fillText } from '../i18n/texts'
import { errorCodes, type ErrorCode } from './codes'

export const errorParamsSchema = z.record(z.string(), z.union([z.string(), z.number()]))
export type ErrorParams = z.infer<typeof errorParamsSchema>

/** What crosses the contract: the renderer looks the texts up by code in the user's language. */
export const berthErrorSchema = z.object({
  code: z.enum(errorCodes),
  params: errorParamsSchema,
  /** Raw output for whoever wants to dig: an engine message, the last console lines. Never a secret. */
  detail: z.string().optional(),
})
export type BerthErrorData = z.infer<typeof berthErrorSchema>

/** The one error class of Berth: a code, its parameters and the raw detail. */
export class BerthError extends Error {
  override readonly name = 'BerthError'

  constructor(
    readonly code: ErrorCode,
    readonly params: ErrorParams = {},
    options: { detail?: string; cause?: unknown } = {},
  ) {
    super(fillText(errors[code].what, params), { cause: options.cause })
    this.detail = options.detail
  }

  readonly detail: string | undefined

  toData(): BerthErrorData {
    return {
      code: this.code,
      params: this.params,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
    }
  }

  static fromData(data: BerthErrorData): BerthError {
    return new BerthError(data.code, data.params, data.detail === undefined ? {} : { detail: data.detail })
  }

  /** Any thrown value as a BerthError; what is not one becomes `internal` with its message as the detail. */
  static from(error: unknown): BerthError {
    if (error instanceof BerthError) return error
    const detail = error instanceof Error ? error.message : String(error)
    return new BerthError('internal', {}, { detail, cause: error })
  }
}
