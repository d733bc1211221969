import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { shellChoiceSchema } from './shells'

export const sessionTargetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('container'), containerId: z.string(), ...shellChoiceSchema.shape }),
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
  kind: z.enum(['terminal', 'logs']),
  /** A container's name, `machine` or `host`. */
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
   * Absent if the entry is a whole line, or the last piece of a line. `split`: the line is too long for one entry, and
   * the stream's next entry continues the line. `open`: the line has not ended yet, and the stream's next entry
   * replaces this entry. An open entry without text only removes the previous open entry.
   */
  part: z.enum(['split', 'open']).optional(),
})
export type LogEntry = z.infer<typeof logEntrySchema>

/**
 * A position in a log: the engine's timestamp of the last message that was read, and this message's number among the
 * messages with the same timestamp.
 */
export const logPositionSchema = z.string().regex(/^[-+:.\dTZ]{20,35}#\d{1,9}$/)

/** Some entries of a log, and the position in the log after the last of these entries. */
export interface LogBatch {
  entries: LogEntry[]
  position?: string | undefined
}

export const sessionEventSchema = z.discriminatedUnion('type', [
  /** Terminal output. After a view has rendered an event of any type, it acknowledges the event's `cost` units. */
  z.object({ type: z.literal('output'), text: z.string(), cost: z.number() }),
  z.object({
    type: z.literal('logs'),
    entries: z.array(logEntrySchema),
    /**
     * The position in the log after the last of these entries. A later log can begin at this position. Absent if the
     * last line has not ended.
     */
    position: logPositionSchema.optional(),
    cost: z.number(),
  }),
  /** The replay buffer no longer contains the beginning of the session. */
  z.object({ type: z.literal('truncated'), cost: z.number() }),
  z.object({
    type: z.literal('ended'),
    exitCode: z.number().nullable(),
    error: berthErrorSchema.nullable(),
    cost: z.number(),
  }),
])
export type SessionEvent = z.infer<typeof sessionEventSchema>
