import { z } from 'zod'

export const volumeSchema = z.object({
  name: z.string(),
  driver: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  labels: z.record(z.string(), z.string()),
  /** Made by the engine for a container that named no volume. */
  anonymous: z.boolean(),
})
export type Volume = z.infer<typeof volumeSchema>
