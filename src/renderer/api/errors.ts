import { ORPCError } from '@orpc/client'
import { BerthError, errorCodes, type BerthErrorData } from '../../shared/errors'

/** Turns anything that a call or a stream has thrown into a BerthError. */
export function toBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error
  if (error instanceof ORPCError) {
    return isErrorData(error.data)
      ? BerthError.fromData(error.data)
      : new BerthError('internal', {}, { detail: `${error.code}: ${error.message}`, cause: error })
  }
  return BerthError.from(error)
}

/** By hand instead of by `berthErrorSchema`, because the first page needs nothing else of zod. */
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

/** A function, so that TypeScript does not narrow `signal.aborted` across awaits. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
