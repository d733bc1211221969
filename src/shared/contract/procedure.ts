import { oc } from '@orpc/contract'
import { z } from 'zod'
import { berthErrorSchema } from '../errors'

/** If a procedure fails, it always fails with the error BERTH, which contains a code (see `errors`). */
export const procedure = oc.errors({ BERTH: { data: berthErrorSchema } })

export const containerId = z.object({ id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/) })
export const sessionId = z.object({ sessionId: z.uuid() })
export const nothing = z.void()
