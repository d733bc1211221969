import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** The docker context that Berth keeps for the host's own docker CLI. */
export const dockerContextName = 'berth'

/** How the host's own docker tools reach the engine. */
export const dockerToolsSchema = z.object({
  /** The line's value for DOCKER_HOST. */
  dockerHost: z.string(),
  /** Why nobody listens there. */
  socketProblem: berthErrorSchema.optional(),
  context: z.enum(['absent', 'present', 'current']),
  /** Why the context is not as the settings want it. */
  contextProblem: berthErrorSchema.optional(),
  /** A variable of Berth's own environment that goes before every context in the shells that share it. */
  overriddenBy: z.enum(['DOCKER_HOST', 'DOCKER_CONTEXT']).optional(),
})
export type DockerTools = z.infer<typeof dockerToolsSchema>
