import { z } from 'zod'

/** A certificate authority, as its certificate tells. */
export const certificateSchema = z.object({
  pem: z.string(),
  subject: z.string(),
  issuer: z.string(),
  /** Milliseconds since the epoch. */
  expires: z.number(),
  /** SHA-256. */
  fingerprint: z.string(),
})
export type Certificate = z.infer<typeof certificateSchema>
