import { ORPCError } from '@orpc/client'
import { BerthError, errorCodes, type BerthErrorData } from '../../shared/errors'

/** Converts any error of a call or a stream into a BerthError. */
export function toBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error
  if (error instanceof ORPCError) {
    return isErrorData(error.data)
      ? BerthError.fromData(error.data)
      : new BerthError('internal', {}, { detail: `${error.code}: ${error.message}`, cause: error })
  }
  return BerthError.from(error)
}

/** Checks the fields without `berthErrorSchema`, so that the first page does not have to load zod. */
function isErrorData(data: unknown): data is BerthErrorData {
  if (typeof data !== 'object' || data === null) return false
  const { code, params, detail } = data as Record<string, unknown>
  return (
    errorCodes.some((known) => known === code) &&
    typeof params === 'object' &&
    params !== null &&
    Object.values(params).every((value) => typeof value === 'string' || typeof value === 'number') &&
    (detail === undefined || typeof detail === 'string')
  )
}

/** Reads `signal.aborted` in a function, because TypeScript would narrow the property across an `await`. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
