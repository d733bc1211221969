import { z } from 'zod'
import { imageReferenceProblem } from './image-references'

export * from './image-references'

export const imageSchema = z.object({
  id: z.string(),
  /** Each tag as `name:tag`. Empty for an untagged image. */
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  /** Bytes on the data disk. */
  size: z.number(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  labels: z.record(z.string(), z.string()),
})
export type Image = z.infer<typeof imageSchema>

/** The progress of one layer in a pull. `current` and `total` are bytes of the step that `status` names. */
export const pullLayerSchema = z.object({
  id: z.string(),
  status: z.enum(['waiting', 'downloading', 'verifying', 'downloaded', 'extracting', 'complete', 'exists']),
  current: z.number(),
  total: z.number(),
})
export type PullLayer = z.infer<typeof pullLayerSchema>

export const imageReferenceSchema = z.string().superRefine((reference, context) => {
  const problem = imageReferenceProblem(reference)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `reference-${problem}` })
})
