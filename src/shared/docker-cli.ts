import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** The Docker context that Berth keeps for the host's own Docker CLI. */
export const dockerContextName = 'berth'

/** How the docker tools of the host reach the engine. */
export const dockerToolsSchema = z.object({
  /** The value for DOCKER_HOST. */
  dockerHost: z.string(),
  /** Why nothing listens on the socket. */
  socketProblem: berthErrorSchema.optional(),
  context: z.enum(['absent', 'present', 'current']),
  /** Why the context does not match the settings. */
  contextProblem: berthErrorSchema.optional(),
  /** A variable in Berth's own environment. In every shell that has the same variable, it overrides every context. */
  overriddenBy: z.enum(['DOCKER_HOST', 'DOCKER_CONTEXT']).optional(),
})
export type DockerTools = z.infer<typeof dockerToolsSchema>
