import { ORPCError } from '@orpc/client'
import { BerthError, berthErrorSchema } from '../../shared/errors'

/** Turns anything that a call or a stream has thrown into a BerthError. */
export function toBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error
  if (error instanceof ORPCError) {
    const data = berthErrorSchema.safeParse(error.data)
    return data.success
      ? BerthError.fromData(data.data)
      : new BerthError('internal', {}, { detail: `${error.code}: ${error.message}`, cause: error })
  }
  return BerthError.from(error)
}

/** A function, so that TypeScript does not narrow `signal.aborted` across awaits. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}
