import { z } from 'zod'

export const volumeSchema = z.object({
  name: z.string(),
  driver: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  labels: z.record(z.string(), z.string()),
  /** True if the engine made the volume for a container that did not name one. */
  anonymous: z.boolean(),
})
export type Volume = z.infer<typeof volumeSchema>
