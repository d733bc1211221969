import { z } from 'zod'
import { environmentVariableSchema } from './containers'
import { berthErrorSchema } from './errors'
import { imageReferenceSchema } from './images'

/** A path below the build's folder. BuildKit itself refuses a path that leaves the folder. */
const dockerfileSchema = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/)

export const buildRequestSchema = z.object({
  /** The folder on this computer that the build may copy files from. */
  folder: z.string().min(1).max(4096),
  /** The Dockerfile's path, relative to the folder. */
  dockerfile: dockerfileSchema,
  tags: z.array(imageReferenceSchema).max(50),
  arguments: z.array(environmentVariableSchema).max(500),
  /** The stage to build. Empty for the last stage. */
  target: z
    .string()
    .max(255)
    .regex(/^[\w.-]*$/),
  /** For example `linux/arm64`. Empty for the machine's own platform. */
  platform: z
    .string()
    .max(255)
    .regex(/^(|[a-z0-9_]+\/[a-z0-9_]+(\/[a-z0-9_.]+)?)$/),
  /** The values of `RUN --mount=type=secret`. Berth never stores or logs them. */
  secrets: z
    .array(z.object({ id: z.string().regex(/^[\w][\w.-]*$/), value: z.string().max(500_000) }))
    .max(100),
  noCache: z.boolean(),
  /** Asks the registry for newer base images. */
  pull: z.boolean(),
})
export type BuildRequest = z.infer<typeof buildRequestSchema>

export const buildStatuses = ['running', 'succeeded', 'failed', 'cancelled'] as const
export type BuildStatus = (typeof buildStatuses)[number]

/** Why BuildKit ran a step, and did not find it in its cache. */
export const cacheMissSchema = z.discriminatedUnion('kind', [
  /** The user has asked for a build without the cache. */
  z.object({ kind: z.literal('no-cache') }),
  /** Berth knows no earlier build that has completed this step. */
  z.object({ kind: z.literal('first') }),
  z.object({ kind: z.literal('earlier-step'), step: z.string() }),
  z.object({ kind: z.literal('instruction'), before: z.string() }),
  /** The step was put between steps of the earlier build. */
  z.object({ kind: z.literal('new-step') }),
  /** In the earlier build, another step was before this one. */
  z.object({ kind: z.literal('order'), before: z.string() }),
  /** Digests or ids of the image or, if the Dockerfile now names another image, the two names. */
  z.object({ kind: z.literal('base-image'), image: z.string(), before: z.string(), now: z.string() }),
  /** Files of the folder, and the number of others. */
  z.object({ kind: z.literal('files'), names: z.array(z.string()), more: z.number() }),
  /** An instruction such as ENV above the step. Null if there is or was none. */
  z.object({ kind: z.literal('setting'), now: z.string().nullable(), before: z.string().nullable() }),
  z.object({ kind: z.literal('arguments'), names: z.array(z.string()) }),
  /** Nothing has changed that Berth can see. So the cache has lost the step. */
  z.object({ kind: z.literal('unknown') }),
])
export type CacheMiss = z.infer<typeof cacheMissSchema>

export const buildStepSchema = z.object({
  /** BuildKit's digest of the step. */
  id: z.string(),
  /** For example `[2/4] RUN npm ci`, or `[internal] load build context`. */
  name: z.string(),
  inputs: z.array(z.string()),
  /** Milliseconds since the epoch, like all times in this file. */
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  cached: z.boolean(),
  error: z.string().nullable(),
  /** The parts of the step that BuildKit counts, such as the bytes of a layer. */
  progress: z.array(z.object({ name: z.string(), current: z.number(), total: z.number() })),
  /** Null for a step that came from the cache, and if Berth does not know the reason. */
  miss: cacheMissSchema.nullable(),
  /** The length of the step's output so far, in UTF-16 code units. */
  outputLength: z.number(),
})
export type BuildStep = z.infer<typeof buildStepSchema>

/** A hint of BuildKit's own checks of the Dockerfile. */
export const buildHintSchema = z.object({
  rule: z.string(),
  text: z.string(),
  /** The line of the Dockerfile, from 1. Null if the hint concerns the whole file. */
  line: z.number().nullable(),
})
export type BuildHint = z.infer<typeof buildHintSchema>

export const buildMistakes = [
  'source-missing',
  'source-ignored',
  'dockerfile-missing',
  'package-json-missing',
  'windows-line-ends',
  'wrong-architecture',
  'program-missing',
  'image-missing',
  'disk-full',
] as const
export type BuildMistake = (typeof buildMistakes)[number]

export const buildFailureSchema = z.object({
  /** BuildKit's own message. Empty if `error` explains the failure. */
  message: z.string(),
  /** Why Berth could not run the build to its end. Null if BuildKit has ended it. */
  error: berthErrorSchema.nullable(),
  stepId: z.string().nullable(),
  /** The line of the Dockerfile, from 1. */
  line: z.number().nullable(),
  /** A common mistake that explains the failure, and the file or program that it concerns. */
  mistake: z.object({ kind: z.enum(buildMistakes), subject: z.string() }).nullable(),
})
export type BuildFailure = z.infer<typeof buildFailureSchema>

export const buildSummarySchema = z.object({
  id: z.string(),
  /** `berth` for a build that this app has started. `engine` for a build that the engine's history reports. */
  origin: z.enum(['berth', 'engine']),
  name: z.string(),
  tags: z.array(z.string()),
  status: z.enum(buildStatuses),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  steps: z.object({ total: z.number(), done: z.number(), cached: z.number() }),
})
export type BuildSummary = z.infer<typeof buildSummarySchema>

export const buildSchema = buildSummarySchema.extend({
  /** Undefined for a build of another program. */
  request: buildRequestSchema.omit({ secrets: true }).optional(),
  stepList: z.array(buildStepSchema),
  failure: buildFailureSchema.nullable(),
  hints: z.array(buildHintSchema),
  /** The text of the Dockerfile when the build began. */
  dockerfileText: z.string().nullable(),
  /** The Dockerfile on this computer. Null for a build of another program. */
  dockerfilePath: z.string().nullable(),
  imageId: z.string().nullable(),
  /** The bytes of the folder that were sent to the machine so far. Null if the folder is shared. */
  sentBytes: z.number().nullable(),
  /** True if Berth keeps a timeline of the build, with the build's id. */
  hasTimeline: z.boolean(),
})
export type Build = z.infer<typeof buildSchema>

/** The most code units of a step's output that Berth keeps, and the most that one answer contains. */
export const stepOutputLimit = 1_000_000
export const outputPieceLimit = 64_000

export const stepOutputSchema = z.object({
  text: z.string(),
  /** The position of the text's beginning. It is later than the requested position if Berth has dropped the rest. */
  from: z.number(),
})
