import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** The Docker context that Berth keeps for the host's own Docker CLI. */
export const dockerContextName = 'berth'

/** How the host's Docker CLI and other tools reach the engine. */
export const dockerToolsSchema = z.object({
  /** The value for DOCKER_HOST. */
  dockerHost: z.string(),
  /** Why nothing listens on the socket. */
  socketProblem: berthErrorSchema.optional(),
  context: z.enum(['absent', 'present', 'current']),
  /** Why the context is not as the settings want it. */
  contextProblem: berthErrorSchema.optional(),
  /** A variable in Berth's own environment that overrides every context, in the shells that share it. */
  overriddenBy: z.enum(['DOCKER_HOST', 'DOCKER_CONTEXT']).optional(),
})
export type DockerTools = z.infer<typeof dockerToolsSchema>
