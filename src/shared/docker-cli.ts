import { z } from 'zod'
import { berthErrorSchema } from './errors'

/** The Docker context that Berth keeps for the host's own Docker CLI. */
export const dockerContextName = 'berth'

/** How the docker tools of the host reach the engine. */
export const dockerToolsSchema = z.object({
  /** The value for DOCKER_HOST. */
  dockerHost: z.string(),
  /** The reason why Berth does not listen on the socket. */
  socketProblem: berthErrorSchema.optional(),
  context: z.enum(['absent', 'present', 'current']),
  /** The reason why the docker context does not match the settings. */
  contextProblem: berthErrorSchema.optional(),
  /**
   * The environment variable that overrides the current docker context. Berth can only look for the variable in its own
   * environment, but another shell may not have it.
   */
  overriddenBy: z.enum(['DOCKER_HOST', 'DOCKER_CONTEXT']).optional(),
})
export type DockerTools = z.infer<typeof dockerToolsSchema>
