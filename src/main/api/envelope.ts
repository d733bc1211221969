import { z } from 'zod'

/**
 * What an oRPC client of ours sends (@orpc/standard-server-peer, `serializeRequestMessage`): a call or its
 * cancellation, as JSON. oRPC trusts these fields, so both carriers check them first. Streams from the client do not exist
 * in our contract.
 */
const envelopeSchema = z.union([
  z.object({
    t: z.literal(1).optional(),
    i: z.string().min(1).max(32),
    p: z.object({
      u: z.string().regex(/^\/[A-Za-z/]{1,128}$/),
      m: z.literal('POST').optional(),
      h: z.object({}).optional(),
      b: z.unknown().optional(),
    }),
  }),
  z.object({ t: z.literal(4), i: z.string().min(1).max(32), p: z.unknown().optional() }),
])
export type Envelope = z.infer<typeof envelopeSchema>

/** The message as the object oRPC takes; undefined when it is not one of ours. */
export function readEnvelope(message: unknown): Envelope | undefined {
  if (typeof message !== 'string') return undefined
  try {
    return envelopeSchema.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}
