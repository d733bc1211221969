import { DockerConfig, dockerConfigFolder } from '../docker-cli'
import type { DiagnosticsContext } from './check'

/**
 * The context that docker commands use which share Berth's environment. `isChosen`: by a variable, which goes before
 * the current context; to make another current would change nothing.
 */
export async function currentContext(
  env: DiagnosticsContext['env'],
  platform: NodeJS.Platform,
): Promise<{ name: string; isChosen: boolean }> {
  const variable = env.DOCKER_CONTEXT ?? ''
  if (variable !== '') return { name: variable, isChosen: true }
  const config = new DockerConfig(dockerConfigFolder(env, platform))
  // A config that is not there, or broken, means the CLI's default.
  return { name: (await config.currentContext().catch(() => undefined)) ?? 'default', isChosen: false }
}
