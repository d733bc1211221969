import { z } from 'zod'
import { objectNameSchema } from './containers'

/** The engine's label of a volume that it has made for a container that did not name one. */
export const anonymousLabel = 'com.docker.volume.anonymous'

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

const noNul = /^[^\0]*$/

/** Keys and values, such as the options of a driver. A key is not empty and has no `=`. */
const pairsSchema = z.record(
  z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^=\0]+$/),
  z.string().max(65_536).regex(noNul),
)

export const newVolumeSchema = z.object({
  name: objectNameSchema,
  /** The name of a volume driver: `local`, or a plugin. */
  driver: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_./:@-]*$/),
  options: pairsSchema,
  labels: pairsSchema,
})
export type NewVolume = z.infer<typeof newVolumeSchema>

/** The size of a volume in bytes; null if the engine does not know it. */
export const volumeSizeSchema = z.object({ name: z.string(), bytes: z.number().nullable() })
export type VolumeSize = z.infer<typeof volumeSizeSchema>

/** The progress of a clone. The last event has `done`. */
export const cloneProgressSchema = z.object({ bytes: z.number(), done: z.boolean() })
export type CloneProgress = z.infer<typeof cloneProgressSchema>
