import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dockerContextName } from '../../../shared/docker-cli'
import { BerthError, type BerthErrorData } from '../../../shared/errors'
import { DockerConfig, dockerConfigFolder } from '../../docker-cli'
import { failed, ok, skipped, warning, type Check, type DiagnosticsContext, type Outcome } from '../check'

/** Checks that the host's Docker CLI finds the machine's engine. */
export const context: Check = {
  id: 'context',
  async run({ env, platform, settings, dockerAccess }) {
    const { dockerHost: address, socketProblem, contextProblem } = dockerAccess.tools
    if (socketProblem !== undefined)
      return failed('context.socket', { address }, { detail: BerthError.fromData(socketProblem).message })
    // DOCKER_HOST overrides the current context. Its value may hold a password.
    if (env.DOCKER_HOST) return warning('context.overridden', { value: withoutUser(env.DOCKER_HOST) })
    if (!settings().docker.context) return skipped('context.off', {}, { fix: 'open-settings' })
    const folder = dockerConfigFolder(env, platform)
    if (contextProblem !== undefined) return contextFinding(contextProblem, folder)
    if (!(await hasContext(folder))) return warning('context.missing', { folder }, { fix: 'create-context' })
    const { name: current, isChosen } = await currentContext(env, platform)
    if (current === dockerContextName) return ok('context.current')
    return ok('context.present', { current }, isChosen ? {} : { fix: 'use-context' })
  },
}

/** The finding for a context that Berth could not create. The fix tries again, and reports an error if that fails. */
function contextFinding(problem: BerthErrorData, folder: string): Outcome {
  const { code, params, message } = BerthError.fromData(problem)
  const file = String(params.file ?? folder)
  const finding = code === 'docker.context-foreign' ? 'context.foreign' : 'context.config'
  return warning(finding, { file }, { detail: message, fix: 'create-context' })
}

/** The CLI keeps a context in a folder named by the SHA-256 of its name (github.com/docker/cli cli/context/store). */
async function hasContext(folder: string): Promise<boolean> {
  const id = createHash('sha256').update(dockerContextName).digest('hex')
  return stat(join(folder, 'contexts', 'meta', id, 'meta.json')).then(
    () => true,
    () => false,
  )
}

function withoutUser(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//')
}

/**
 * The context that the Docker CLI uses if it has the same environment as Berth. `isChosen` is true if the variable
 * DOCKER_CONTEXT names the context. In that case, a change of the current context would have no effect.
 */
export async function currentContext(
  env: DiagnosticsContext['env'],
  platform: NodeJS.Platform,
): Promise<{ name: string; isChosen: boolean }> {
  const variable = env.DOCKER_CONTEXT ?? ''
  if (variable !== '') return { name: variable, isChosen: true }
  const config = new DockerConfig(dockerConfigFolder(env, platform))
  // With a missing or broken config.json, the CLI uses its default context.
  return { name: (await config.currentContext().catch(() => undefined)) ?? 'default', isChosen: false }
}
