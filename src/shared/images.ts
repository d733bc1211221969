import { z } from 'zod'
import { imageReferenceProblem, isTaggable } from './image-references'
import { layerStates } from './layer-states'

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

/** The progress of one layer in a pull or a push. `current` and `total` are bytes of the step that `status` names. */
export const layerProgressSchema = z.object({
  id: z.string(),
  status: z.enum(layerStates),
  current: z.number(),
  total: z.number(),
})
export type LayerProgress = z.infer<typeof layerProgressSchema>

/** A step of an image's history: an instruction of its Dockerfile, and the layer that the instruction has made. */
export const imageStepSchema = z.object({
  /** The command as the builder has recorded it, such as `/bin/sh -c #(nop)  CMD ["sh"]`. */
  createdBy: z.string(),
  comment: z.string(),
  /** Bytes of the layer. 0 for an instruction that makes no layer. */
  size: z.number(),
  /** Milliseconds since the epoch. 0 if unknown. */
  createdAt: z.number(),
})
export type ImageStep = z.infer<typeof imageStepSchema>

/** The facts of an image that never change. */
export const imageDetailsSchema = z.object({
  id: z.string(),
  /** For example `linux/arm64`. */
  platform: z.string(),
  author: z.string(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  environment: z.array(z.string()),
  workingDirectory: z.string(),
  user: z.string(),
  exposedPorts: z.array(z.string()),
  volumes: z.array(z.string()),
  /** The newest step is first. */
  steps: z.array(imageStepSchema),
})
export type ImageDetails = z.infer<typeof imageDetailsSchema>

/** What a prune of images did. All sizes are bytes. `before` and `after` are the sizes of all layers. */
export const imagePruneSchema = z.object({
  removed: z.number(),
  bytes: z.number(),
  before: z.number(),
  after: z.number(),
})
export type ImagePrune = z.infer<typeof imagePruneSchema>

/**
 * The content of a file that may be an image. `images`: saved images, for a load. `root`: a root file system, for an
 * import. `archive`: a tar archive, or a compressed file, that Berth cannot look into. `other`: not an archive.
 */
export const archiveContents = ['images', 'root', 'archive', 'other'] as const
export type ArchiveContent = (typeof archiveContents)[number]

/** How many bytes of a file Berth needs to know its content. The first block of a bzip2 file is the longest. */
export const archiveHeadBytes = 700_000

export const imageReferenceSchema = z.string().superRefine((reference, context) => {
  const problem = imageReferenceProblem(reference)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `reference-${problem}` })
})

export const imageIdSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** A name that an image can get: without a digest, and not an id. */
export const imageTagSchema = imageReferenceSchema.refine((name) => isTaggable(name), 'reference-grammar')
