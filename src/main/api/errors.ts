import { mapEventIterator } from '@orpc/client'
import { ORPCError, ValidationError } from '@orpc/server'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { ReferenceProblem } from '../../shared/images'
import type { Logger } from '../host'

interface Call {
  path: readonly string[]
  signal?: AbortSignal | undefined
  next: () => Promise<unknown>
}

/**
 * Turns every error into the contract's BERTH error, which has a code. An error that is not a BerthError is a bug in
 * Berth. Berth logs that error and sends it as `internal`. After a call is aborted, its error stays unchanged.
 */
export function berthErrors(log: Logger): (call: Call) => Promise<unknown> {
  return async ({ path, signal, next }) => {
    const convert = (error: unknown): unknown => {
      if (signal?.aborted === true) return error
      const berthError = toBerthError(error)
      if (berthError.code === 'internal')
        log.error({ procedure: path.join('.'), err: error }, 'a call failed')
      return new ORPCError('BERTH', { message: berthError.message, data: berthError.toData(), cause: error })
    }
    try {
      const output = await next()
      if (!isAsyncIterator(output)) return output
      return mapEventIterator(output, {
        value: (value) => Promise.resolve(value),
        error: (error) => Promise.resolve(convert(error)),
      })
    } catch (error) {
      throw convert(error)
    }
  }
}

function toBerthError(error: unknown): BerthError {
  const invalid = error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause
  return invalid instanceof ValidationError ? inputError(invalid) : BerthError.from(error)
}

function inputError({ issues, data }: ValidationError): BerthError {
  const issue = issues[0]
  const path = (issue?.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
  const reason = issue?.message ?? 'invalid'
  if (isReferenceProblem(reason)) {
    const reference = String(path.reduce<unknown>(property, data))
    return new BerthError('image.reference-invalid', { reference, reason: phrases[reason] })
  }
  return new BerthError('input.invalid', { field: path.map(String).join('.') || 'input', reason })
}

/** Whether a message comes from `imageReferenceSchema`. */
function isReferenceProblem(message: string): message is `reference-${ReferenceProblem}` {
  return message.startsWith('reference-')
}

function property(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown, unknown, undefined> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value
}
