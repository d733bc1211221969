import { sessionTargetSchema, type SessionTarget } from '../../shared/sessions'

/**
 * Reads the target from the query of a shell window's address, which `shellQuery` has made. An invalid query gives the
 * machine. This is a file of its own, because the first page does not load zod.
 */
export function targetOfQuery(query: Record<string, unknown>): SessionTarget {
  const parsed = sessionTargetSchema.safeParse({ ...query, kind: query.target })
  return parsed.success ? parsed.data : { kind: 'machine' }
}
