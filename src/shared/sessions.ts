import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { pullLayerSchema } from './images'

/**
 * Flow control of every session, in UTF-16 code units (VS Code's figures, src/vs/platform/terminal/common/terminal.ts):
 * the source pauses above `high` unacknowledged units and resumes below `low`. A view acknowledges every `ack` units,
 * once it has rendered them.
 */
export const flowControl = { high: 100_000, low: 5_000, ack: 5_000 } as const

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
})
export type LogEntry = z.infer<typeof logEntrySchema>

export const sessionEventSchema = z.discriminatedUnion('type', [
  /** Terminal output. For this event and all others: after rendering it, the view acknowledges `cost` units. */
  z.object({ type: z.literal('output'), text: z.string(), cost: z.number() }),
  z.object({ type: z.literal('logs'), entries: z.array(logEntrySchema), cost: z.number() }),
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
