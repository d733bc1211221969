import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { shellOffersSchema } from '../shells'
import { sessionEventSchema, sessionInfoSchema, sessionTargetSchema, terminalSizeSchema } from '../sessions'
import { nothing, procedure, sessionId } from './procedure'

/** The most UTF-16 code units in one write. Even if each takes six bytes, the write fits into a WebSocket message. */
export const terminalWriteUnits = 100_000

export const terminals = {
  open: procedure
    .input(z.object({ target: sessionTargetSchema, size: terminalSizeSchema }))
    .output(sessionInfoSchema),
  write: procedure.input(sessionId.extend({ text: z.string().max(terminalWriteUnits) })).output(nothing),
  resize: procedure.input(sessionId.extend({ size: terminalSizeSchema })).output(nothing),
  /** The shells and users that a running container offers. */
  offers: procedure.input(z.object({ containerId: z.string().min(1).max(256) })).output(shellOffersSchema),
  /** The program that the shell waits for. Null if there is none, or if it is not known. */
  program: procedure.input(sessionId).output(z.object({ name: z.string().nullable() })),
}

export const sessions = {
  list: procedure.output(z.array(sessionInfoSchema)),
  /** Sends the list now and after every change. */
  watch: procedure.output(eventIterator(z.array(sessionInfoSchema))),
  /** Keeps the session open while this connection is open, without attaching a view. */
  keep: procedure.input(sessionId).output(nothing),
  /** Sends the replay buffer, then the live events. The caller chooses a different `viewId` for each view. */
  attach: procedure.input(sessionId.extend({ viewId: z.uuid() })).output(eventIterator(sessionEventSchema)),
  acknowledge: procedure
    .input(sessionId.extend({ viewId: z.uuid(), units: z.number().int().positive() }))
    .output(nothing),
  /** Ends the session and its process. */
  close: procedure.input(sessionId).output(nothing),
}
