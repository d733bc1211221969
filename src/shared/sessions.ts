import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { pullLayerSchema } from './images'

export const sessionTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('container'), containerId: z.string() }),
  z.object({ kind: z.literal('machine') }),
  z.object({ kind: z.literal('host') }),
])
export type SessionTarget = z.infer<typeof sessionTargetSchema>

export const terminalSizeSchema = z.object({
  columns: z.number().int().min(1).max(1000),
  rows: z.number().int().min(1).max(1000),
})
export type TerminalSize = z.infer<typeof terminalSizeSchema>

export const sessionInfoSchema = z.object({
  id: z.string(),
  kind: z.enum(['terminal', 'logs', 'pull']),
  /** A container's name, an image reference, `machine` or `host`. */
  title: z.string(),
  target: sessionTargetSchema.optional(),
  createdAt: z.number(),
  ended: z.boolean(),
})
export type SessionInfo = z.infer<typeof sessionInfoSchema>

export const logEntrySchema = z.object({
  stream: z.enum(['stdout', 'stderr']),
  /** Milliseconds since the epoch. */
  time: z.number(),
  text: z.string(),
  /**
   * Absent for a whole line, and for the last piece of one. `split`: the line is too long for one entry, and the next
   * entry of the stream continues it. `open`: the line has not ended. The next entry of the stream replaces this one;
   * an open entry without text only removes it.
   */
  part: z.enum(['split', 'open']).optional(),
})
export type LogEntry = z.infer<typeof logEntrySchema>

/** A place in a log: the engine's timestamp of the last message, and its number among the messages of this time. */
export const logPositionSchema = z.string().regex(/^[-+:.\dTZ]{20,35}#\d{1,9}$/)

/** Some entries of a log, and how far the log has been read with the last of them. */
export interface LogBatch {
  entries: LogEntry[]
  position?: string | undefined
}

export const sessionEventSchema = z.discriminatedUnion('type', [
  /** Terminal output. For this event and all others: after rendering it, the view acknowledges `cost` units. */
  z.object({ type: z.literal('output'), text: z.string(), cost: z.number() }),
  z.object({
    type: z.literal('logs'),
    entries: z.array(logEntrySchema),
    /** How far the log has been read with the last of the entries. A later log can begin there. */
    position: logPositionSchema.optional(),
    cost: z.number(),
  }),
  /** The whole state of a pull. Each event replaces the previous one. */
  z.object({ type: z.literal('pull'), layers: z.array(pullLayerSchema), cost: z.number() }),
  /** The beginning of the session is missing in the replay. */
  z.object({ type: z.literal('truncated'), cost: z.number() }),
  z.object({
    type: z.literal('ended'),
    exitCode: z.number().nullable(),
    error: berthErrorSchema.nullable(),
    cost: z.number(),
  }),
])
export type SessionEvent = z.infer<typeof sessionEventSchema>
