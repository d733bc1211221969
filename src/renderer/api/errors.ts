import { ORPCError } from '@orpc/client'
import { BerthError, berthErrorSchema } from '../../shared/errors'

/** What a call or a stream threw, as the one error class of Berth. */
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
