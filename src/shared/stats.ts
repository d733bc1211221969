import { z } from 'zod'

const counts = z.array(z.number())
const optional = z.array(z.number().nullable())

/** What a container used, one entry in each list for each point in time. Bytes are rates: bytes in a second. */
export const seriesSchema = z.object({
  /** Milliseconds since the epoch. */
  time: counts,
  /** Processors: 1.5 is the full time of one processor and half the time of another. */
  cpu: counts,
  /** Bytes in use, without the part of the file cache that the kernel would free first. */
  memory: counts,
  /** Null for a container without a network of its own. */
  received: optional,
  sent: optional,
  read: counts,
  written: counts,
  /** The number of processes and threads. */
  pids: counts,
})
export type Series = z.infer<typeof seriesSchema>

/** The limits of a container; null if the container may use the whole machine. */
export const statsLimitsSchema = z.object({
  /** Processors. */
  cpu: z.number().nullable(),
  /** Bytes. */
  memory: z.number().nullable(),
})
export type StatsLimits = z.infer<typeof statsLimitsSchema>

/** One point of a container's series. */
export const statsPointSchema = z.object({
  id: z.string(),
  cpu: z.number(),
  memory: z.number(),
  received: z.number().nullable(),
  sent: z.number().nullable(),
  read: z.number(),
  written: z.number(),
  pids: z.number(),
  limits: statsLimitsSchema,
})
export type StatsPoint = z.infer<typeof statsPointSchema>

/** A stream of measurements: the history, then one event for each measurement. */
export const statsEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('history'),
    containers: z.array(z.object({ id: z.string(), series: seriesSchema, limits: statsLimitsSchema })),
  }),
  /** `time` is in milliseconds since the epoch. A container that is not in the event was not measured. */
  z.object({ type: z.literal('points'), time: z.number(), points: z.array(statsPointSchema) }),
])
export type StatsEvent = z.infer<typeof statsEventSchema>

export const containerProcessSchema = z.object({
  /** The id in the machine. */
  pid: z.number(),
  /** The id in the container. */
  inner: z.number(),
  /** The id of the parent in the machine. */
  parent: z.number(),
  /** The user's number. */
  user: z.number(),
  /** Processors, since the previous measurement. Null in the first one. */
  cpu: z.number().nullable(),
  /** Bytes of memory that are in use, also those that the process shares with others. */
  memory: z.number(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** The start in centiseconds since the machine has booted. Together with the id, it identifies the process. */
  start: z.number(),
  /** The kernel's letter: R is running, S sleeping, D waiting for a device, T stopped, Z ended. */
  state: z.string(),
  command: z.string(),
})
export type ContainerProcess = z.infer<typeof containerProcessSchema>

export const processListSchema = z.object({
  processes: z.array(containerProcessSchema),
  /** True if the container has more processes than Berth lists. */
  truncated: z.boolean(),
  /** False if this guest image cannot list processes. */
  supported: z.boolean(),
})
export type ProcessList = z.infer<typeof processListSchema>

export const processSignals = ['TERM', 'KILL'] as const
export type ProcessSignal = (typeof processSignals)[number]
