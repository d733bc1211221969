import { errors } from '../i18n/en/errors'
import { fillText } from '../i18n/texts'
import type { ErrorCode } from './codes'
import type { BerthErrorData, ErrorParams } from './error-schema'

/** The error class of every failure that users see. It has a code, the code's parameters and the raw detail. */
export class BerthError extends Error {
  override readonly name = 'BerthError'

  readonly code: ErrorCode
  readonly params: ErrorParams
  readonly detail: string | undefined

  constructor(code: ErrorCode, params: ErrorParams = {}, options: { detail?: string; cause?: unknown } = {}) {
    super(fillText(errors[code].what, params), { cause: options.cause })
    this.code = code
    this.params = params
    this.detail = options.detail
  }

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

  /** Converts any thrown value to a BerthError. Other errors become `internal`, with their message as the detail. */
  static from(error: unknown): BerthError {
    if (error instanceof BerthError) return error
    const detail = error instanceof Error ? error.message : String(error)
    return new BerthError('internal', {}, { detail, cause: error })
  }
}
