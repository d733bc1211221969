import { z } from 'zod'
import type { Refusals } from '../../shared/isolation'
import { encodedText } from './guest-program'

/** The numbers of the errors (errno(3)), the same on all processors. */
const errors = { 1: 'EPERM', 13: 'EACCES' } as const

const refusalSchema = z
  .tuple([
    encodedText,
    z.number(),
    z.string(),
    z.union([z.literal(1), z.literal(13)]),
    z.enum(['capability', 'seccomp', 'other']),
    z.number().int(),
    z.number().int(),
  ])
  .transform(([program, pid, call, error, kind, capability, times]) => ({
    program,
    pid,
    call,
    error: errors[error],
    reason: kind === 'capability' ? { kind, capability } : { kind },
    times,
  }))

/** The output of `isolation refusals`. */
export const refusalsLineSchema = z.object({
  refusals: z.array(refusalSchema),
  more: z.boolean(),
  lost: z.boolean(),
}) satisfies z.ZodType<Refusals>
