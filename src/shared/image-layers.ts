import { z } from 'zod'
import { imageStepSchema } from './images'

/** The number of a layer of an image. The lowest layer has the number 1. */
const layerNumber = z.number().int().positive()

/** A layer of an image. */
export const imageLayerSchema = z.object({
  /** The digest of the layer's content. */
  diffId: z.string(),
  /** Bytes. Null if the engine does not tell which step has made the layer. */
  size: z.number().nullable(),
  /** The ids of the other images that have this layer, and the same layers below it. */
  images: z.array(z.string()),
})
export type ImageLayer = z.infer<typeof imageLayerSchema>

export const imageLayersSchema = z.object({
  driver: z.string(),
  /** True if Berth can read the files of the layers. */
  readable: z.boolean(),
  /** The lowest layer first. */
  layers: z.array(imageLayerSchema),
  /** The oldest step first. */
  steps: z.array(
    imageStepSchema.extend({
      /** The layer that the step has made. Null if it made none, or if the engine does not tell. */
      layer: layerNumber.nullable(),
    }),
  ),
  /** False if the engine does not tell which step has made which layer. */
  matched: z.boolean(),
})
export type ImageLayers = z.infer<typeof imageLayersSchema>

/** `removed`: the layer removes the name, so that the layers below it do not count. */
export const layerEntryTypes = [
  'file',
  'folder',
  'link',
  'pipe',
  'socket',
  'block',
  'character',
  'removed',
] as const
export type LayerEntryType = (typeof layerEntryTypes)[number]

/**
 * What a layer did with a name. `replaced`: a new folder hides the one of the lower layers. `kept`: the folder is in
 * the layer only because something in it has changed.
 */
export const layerDeeds = ['added', 'changed', 'removed', 'replaced', 'kept'] as const
export type LayerDeed = (typeof layerDeeds)[number]

/** A name in a folder of an image. */
export const imageEntrySchema = z.object({
  /** The encoded name: see `file-paths`. */
  name: z.string(),
  type: z.enum(layerEntryTypes),
  /** The permissions, with the bits setuid, setgid and sticky. */
  mode: z.number(),
  user: z.number(),
  group: z.number(),
  /** Bytes. 0 for anything but files and links. */
  size: z.number(),
  /** The top layer that has the name. */
  layer: layerNumber,
  deed: z.enum(layerDeeds),
  /** The encoded target of a link. Empty otherwise. */
  link: z.string(),
})
export type ImageEntry = z.infer<typeof imageEntrySchema>

/** A part of the names in a folder. */
export const imageFolderSchema = z.object({
  entries: z.array(imageEntrySchema),
  /** How many names the folder has. */
  count: z.number(),
  /** True if the folder has more names than Berth reads. */
  more: z.boolean(),
})
export type ImageFolder = z.infer<typeof imageFolderSchema>

/**
 * The limits of a walk through an image: of all names, of the names in one folder, of folders in each other, of the
 * memory for names, and of files with several names. See `vm-assets/agent/isolation/image.h`.
 */
export const walkLimits = ['names', 'folder', 'depth', 'memory', 'links'] as const
const walkLimit = z.enum(walkLimits).nullable()
export type WalkLimit = (typeof walkLimits)[number]

/** How many names have been read so far. */
const progress = z.object({ type: z.literal('names'), count: z.number() })
export type WalkProgress = z.infer<typeof progress>

/** How a version of a file was hidden. `replaced`: by a new folder. */
export const hidings = ['overwritten', 'removed', 'replaced'] as const

/** A path with bytes that no container sees. */
const wastedPathSchema = z.object({
  path: z.string(),
  bytes: z.number(),
  /** What each layer has written there in vain. */
  parts: z.array(
    z.object({
      layer: layerNumber,
      /** The layer that hides it. */
      by: layerNumber,
      how: z.enum(hidings),
      bytes: z.number(),
      /** For a folder, the files in it. */
      files: z.number(),
    }),
  ),
})
export type WastedPath = z.infer<typeof wastedPathSchema>

export const imageWasteSchema = z.object({
  type: z.literal('result'),
  /** The lowest layer first. Bytes of files and links. A file with several names counts once. */
  layers: z.array(z.object({ bytes: z.number(), files: z.number(), wasted: z.number() })),
  /** The paths with the most wasted bytes, the largest first. */
  paths: z.array(wastedPathSchema),
  /** True if there are more such paths. */
  more: z.boolean(),
  /** The limit that was reached. The figures are then those of a part of the image. */
  limit: walkLimit,
})
export type ImageWaste = z.infer<typeof imageWasteSchema>
export const wasteEventSchema = z.discriminatedUnion('type', [progress, imageWasteSchema])

export const imageFindingsSchema = z.object({
  type: z.literal('result'),
  found: z.array(
    z.object({
      path: z.string(),
      /** The layers that have the path, the top one first. */
      versions: z.array(
        z.object({
          layer: layerNumber,
          type: z.enum(layerEntryTypes),
          size: z.number(),
          /** True if a layer above hides this version. */
          hidden: z.boolean(),
        }),
      ),
    }),
  ),
  /** True if there are more than Berth lists. */
  more: z.boolean(),
  limit: walkLimit,
})
export type ImageFindings = z.infer<typeof imageFindingsSchema>
export type ImageFinding = ImageFindings['found'][number]
export const findingsEventSchema = z.discriminatedUnion('type', [progress, imageFindingsSchema])

const oneSided = z.object({ files: z.number(), bytes: z.number() })

/** What the other image has, compared with the first one. */
export const imageComparisonSchema = z.object({
  type: z.literal('result'),
  added: oneSided,
  removed: oneSided,
  changed: z.object({ files: z.number(), before: z.number(), after: z.number() }),
  /** Files that were too much to read, so that Berth has compared their times. */
  unread: z.number(),
  /** The largest ones. A folder that only one image has is one entry. */
  changes: z.array(
    z.object({
      kind: z.enum(['added', 'removed', 'changed']),
      type: z.enum(layerEntryTypes),
      /** Bytes. */
      before: z.number(),
      after: z.number(),
      files: z.number(),
      path: z.string(),
    }),
  ),
  more: z.boolean(),
  limit: walkLimit,
})
export type ImageComparison = z.infer<typeof imageComparisonSchema>
export type ImageDifference = ImageComparison['changes'][number]
export const comparisonEventSchema = z.discriminatedUnion('type', [progress, imageComparisonSchema])
