import { BerthError } from '../../../shared/errors'
import { failed, ok, unanswering, type Check } from '../check'
import { registryHost } from '../registry-host'

/** Small, and always there. */
const image = 'hello-world:latest'

/** Whether the engine, with its mirrors and its proxy, reaches a registry. */
export const registry: Check = {
  id: 'registry',
  limitMs: 30_000,
  async run(context, signal) {
    const unasked = unanswering(context)
    if (unasked) return unasked
    const { engine, logins, settings } = context
    const params = { registry: registryHost(settings()) }
    try {
      await engine.probeRegistry(image, signal, await logins.forImage(image))
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      // A registry that refuses, or does not have it, was reached.
      if (error.code === 'registry.denied' || error.code === 'registry.no-such-image')
        return ok('registry.ok', params)
      const reason = String(error.params.reason ?? error.message)
      return failed('registry.unreachable', { ...params, reason }, { fix: 'open-settings' })
    }
    return ok('registry.ok', params)
  },
}
