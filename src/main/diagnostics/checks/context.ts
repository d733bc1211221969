import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dockerContextName } from '../../../shared/docker-cli'
import { BerthError, type BerthErrorData } from '../../../shared/errors'
import { dockerConfigFolder } from '../../docker-cli'
import { failed, ok, skipped, warning, type Check, type Outcome } from '../check'
import { currentContext } from '../current-context'

/** Whether the host's docker CLI finds the machine. */
export const context: Check = {
  id: 'context',
  async run({ env, platform, settings, dockerHost }) {
    const { dockerHost: address, socketProblem, contextProblem } = dockerHost.tools
    if (socketProblem !== undefined)
      return failed('context.socket', { address }, { detail: BerthError.fromData(socketProblem).message })
    // It goes before every context, and may name a password.
    if (env.DOCKER_HOST) return warning('context.overridden', { value: withoutUser(env.DOCKER_HOST) })
    if (!settings().docker.context) return skipped('context.off', {}, { fix: 'open-settings' })
    const folder = dockerConfigFolder(env, platform)
    if (contextProblem !== undefined) return whyNot(contextProblem, folder)
    if (!(await hasContext(folder))) return warning('context.missing', { folder }, { fix: 'create-context' })
    const { name: current, isChosen } = await currentContext(env, platform)
    if (current === dockerContextName) return ok('context.current')
    return ok('context.present', { current }, isChosen ? {} : { fix: 'use-context' })
  },
}

/** The fix tries again, and says what is in its way still. */
function whyNot(problem: BerthErrorData, folder: string): Outcome {
  const { code, params, message } = BerthError.fromData(problem)
  const file = String(params.file ?? folder)
  const finding = code === 'docker.context-foreign' ? 'context.foreign' : 'context.config'
  return warning(finding, { file }, { detail: message, fix: 'create-context' })
}

/** The CLI keeps each context in a folder named by the SHA-256 of its name (github.com/docker/cli cli/context/store). */
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
