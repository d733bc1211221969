import { z } from 'zod'
import { objectNameSchema } from './containers'

/** The most logs in one view. The machine's log reader has the same limit (MAX_LOGS in log-reader.c). */
export const logsPerView = 128

/** A position in each log of a view, in the order of the view's names. It counts bytes of the log's files. */
export const logPositionsSchema = z.array(z.number().int().min(0)).max(logsPerView)
export type LogPositions = z.infer<typeof logPositionsSchema>

export const logLineSchema = z.object({
  /** The index of the log in the view. */
  log: z.number().int(),
  /** The line's own position, and the position of the log's next line. */
  position: z.number(),
  next: z.number(),
  /** Milliseconds since the epoch, with a fraction. */
  time: z.number(),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
  /** The engine has split the line, and the next line of the same stream continues it. */
  continues: z.boolean().optional(),
})
export type LogRecord = z.infer<typeof logLineSchema>

/** The first and the last position of each log, as far as its files still exist. */
export const logBoundsSchema = z.array(z.object({ first: z.number(), end: z.number() }))
export type LogBounds = z.infer<typeof logBoundsSchema>

/** Lines in the order of their times, oldest first. */
export const logPageSchema = z.object({
  lines: z.array(logLineSchema),
  /** Where the next call continues in the same direction. */
  positions: logPositionsSchema,
  bounds: logBoundsSchema,
  atStart: z.boolean(),
  atEnd: z.boolean(),
})
export type LogPage = z.infer<typeof logPageSchema>

/** A container whose log only the engine can read, because its log driver writes no JSON files. */
export const unreadableLogSchema = z.object({ name: z.string(), driver: z.string() })
export type UnreadableLog = z.infer<typeof unreadableLogSchema>

export const logViewEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('opened'),
    viewId: z.uuid(),
    /** The end of each log. */
    positions: logPositionsSchema,
    bounds: logBoundsSchema,
    unreadable: z.array(unreadableLogSchema),
  }),
  /** Some logs have new lines. This event comes again only after the view has read them. */
  z.object({ type: z.literal('grown') }),
  /** The unfinished line of a container, for example a prompt. An empty text removes the line. */
  z.object({
    type: z.literal('open'),
    log: z.number(),
    stream: z.enum(['stdout', 'stderr']),
    text: z.string(),
    time: z.number(),
  }),
])
export type LogViewEvent = z.infer<typeof logViewEventSchema>

export const logSearchSchema = z.object({
  /** A literal text, or an extended regular expression (POSIX). */
  kind: z.enum(['text', 'regex']),
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^\0\n]*$/),
  ignoreCase: z.boolean(),
  /** Each match of the expression contains one of these texts, in any case. They make the search faster. */
  needles: z
    .array(
      z
        .string()
        .min(1)
        .max(200)
        .regex(/^[^\0\n]*$/),
    )
    .max(64)
    .optional(),
})
export type LogSearch = z.infer<typeof logSearchSchema>

export const logSearchEventSchema = z.object({
  /** Lines that match, newest first within each log. */
  hits: z.array(logLineSchema),
  /** The search has looked at all lines since this time. Null if it has found no line to look at. */
  reached: z.number().nullable(),
  /** Bytes. */
  searched: z.number(),
  total: z.number(),
  /** `full`: the search has found as many lines as it may. Another search can continue from `positions`. */
  state: z.enum(['more', 'full', 'done']),
  positions: logPositionsSchema,
})
export type LogSearchEvent = z.infer<typeof logSearchEventSchema>

/** The kept logs of removed containers that have had the same name. */
export const keptLogSchema = z.object({
  name: z.string(),
  /** The Compose project. */
  project: z.string().nullable(),
  bytes: z.number(),
  /** The times of the oldest and the newest file. Milliseconds since the epoch. */
  oldest: z.number(),
  newest: z.number(),
})
export type KeptLog = z.infer<typeof keptLogSchema>

export const logNamesSchema = z.array(objectNameSchema).min(1).max(logsPerView)

/** The settings of kept logs. */
export const logSettingsSchema = z.object({
  /** The most MiB that logs of removed containers may take in the machine. 0: Berth keeps none. */
  keepMiB: z.number().int().min(0).max(1_048_576),
})
