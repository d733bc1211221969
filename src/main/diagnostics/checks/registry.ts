import { BerthError } from '../../../shared/errors'
import type { Settings } from '../../../shared/settings'
import { failed, ok, unanswering, type Check } from '../check'

const dockerHub = 'registry-1.docker.io'
/** A small image that Docker Hub always has. */
const image = 'hello-world:latest'

/** Checks that the engine reaches a registry through its mirrors and its proxy. */
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
      // If the registry refuses the login or does not have the image, the engine has reached it.
      if (error.code === 'registry.denied' || error.code === 'registry.no-such-image')
        return ok('registry.ok', params)
      const reason = String(error.params.reason ?? error.message)
      return failed('registry.unreachable', { ...params, reason }, { fix: 'open-settings' })
    }
    return ok('registry.ok', params)
  },
}

/** The first host that a pull contacts: the first mirror, or Docker Hub. */
export function registryHost({ registries }: Pick<Settings, 'registries'>): string {
  const [mirror] = registries.mirrors
  return mirror === undefined ? dockerHub : new URL(mirror).hostname
}
