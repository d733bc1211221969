import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** Where a step runs, from the page down to the container. */
export const timelinePlaces = ['page', 'computer', 'machine', 'engine', 'kernel', 'container'] as const
export type TimelinePlace = (typeof timelinePlaces)[number]

/**
 * The steps, and where each runs.
 *
 * - `sent`: the page has sent the request, and Berth has received it
 * - `received`: the docker socket has received the request
 * - `woken`: the machine had to start, resume or continue first
 * - `lookup`: the engine has looked for the image; `pull`, `download`, `unpack`: it did not have the image
 * - `reserve`: Berth listens on the published ports of this computer
 * - `create`, `start`: the engine's calls
 * - `prepare`: Berth checks the folders and ports of a compose project
 * - `build`, `makeNetwork`, `makeVolume`, `remove`: Docker Compose builds an image, creates a network or a volume, or
 *   removes a container
 * - `instruction`: BuildKit executes a step of a build
 * - `stopped`: the old process of a restarted container has ended
 * - `network`: a network is attached; `forward`: dockerd's proxy of a published port runs in the machine
 * - `namespaces`: the kernel has made the first process; `process`: the engine reports that the program runs in it. The
 *   program may already have written its first output then
 * - `output`: the first line of output; `answer`: the first bytes that came back through a published port
 */
export const stepPlaces = {
  sent: 'page',
  received: 'computer',
  woken: 'machine',
  lookup: 'engine',
  pull: 'engine',
  download: 'engine',
  unpack: 'engine',
  prepare: 'computer',
  reserve: 'computer',
  build: 'engine',
  instruction: 'engine',
  makeNetwork: 'engine',
  makeVolume: 'engine',
  remove: 'engine',
  create: 'engine',
  start: 'engine',
  stopped: 'container',
  network: 'engine',
  forward: 'machine',
  namespaces: 'kernel',
  process: 'kernel',
  output: 'container',
  healthy: 'container',
  unhealthy: 'container',
  ended: 'container',
  answer: 'computer',
} as const satisfies Record<string, TimelinePlace>
export type TimelineStepName = keyof typeof stepPlaces
export const timelineStepNames = Object.keys(stepPlaces) as TimelineStepName[]

const stepSchema = z.object({
  name: z.enum(timelineStepNames as [TimelineStepName, ...TimelineStepName[]]),
  /** What the step is about: a network, ports, an exit code. Empty for most steps. */
  label: z.string(),
  /** Milliseconds since the start of the timeline, with fractions. */
  startedAt: z.number(),
  /** Null while the step runs, and if its end is not known. */
  endedAt: z.number().nullable(),
  failed: z.boolean(),
  /** True if the step of a build was in the cache. */
  cached: z.boolean().optional(),
})
export type TimelineStep = z.infer<typeof stepSchema>

export const timelineKinds = ['run', 'start', 'restart', 'pull', 'build', 'compose'] as const
export type TimelineKind = (typeof timelineKinds)[number]

/** Whether a timeline is about the start of one container. */
export function isOfContainer({ kind }: { kind: TimelineKind }): boolean {
  return kind === 'run' || kind === 'start' || kind === 'restart'
}

/** `engine`: known from events alone. Compose, an edit or a restart policy has started the container. */
export const timelineOrigins = ['berth', 'docker', 'engine'] as const
export type TimelineOrigin = (typeof timelineOrigins)[number]

export const timelineIdSchema = z.string().regex(/^[\w-]{1,64}$/)

/**
 * What happened when a container was run or started, an image was pulled or built, or a compose project was started,
 * with the time of each step.
 */
export const timelineSchema = z.object({
  /** The id of the task that did it, BuildKit's id of the build of another program, or an id of its own. */
  id: timelineIdSchema,
  kind: z.enum(timelineKinds),
  origin: z.enum(timelineOrigins),
  /** `done`: the calls have ended. Later steps, such as the first output, may follow. */
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** Empty until the engine has created the container. */
  containerId: z.string(),
  name: z.string(),
  image: z.string(),
  /** In the order of their ends. */
  steps: z.array(stepSchema),
  facts: z.object({
    /** Whether the engine had the image. Null if nobody looked. */
    cached: z.boolean().nullable(),
    /** The bytes that the engine has downloaded. */
    pulledBytes: z.number(),
    /** How many layers the engine has downloaded. */
    pulledLayers: z.number(),
    /** True if QEMU emulates the machine's processors. */
    emulated: z.boolean(),
    /** Milliseconds between two health checks. Null without a health check. */
    healthIntervalMs: z.number().nullable(),
  }),
  /**
   * By how many milliseconds the times of the machine may be wrong. Null if there are no such times, or if no call
   * limits the error.
   */
  clockErrorMs: z.number().nullable(),
  error: berthErrorSchema.nullable(),
})
export type Timeline = z.infer<typeof timelineSchema>

/** A timeline, and the one before it of the same container, or else of the same image. */
export const comparedTimelineSchema = z.object({
  timeline: timelineSchema,
  before: timelineSchema.nullable(),
})
export type ComparedTimeline = z.infer<typeof comparedTimelineSchema>

/** The time at which a page has sent a request, in milliseconds since the epoch. */
export const sentAtSchema = z.number().nonnegative().optional()
