import type { Publishing } from '../engine'
import type { PortForwarder } from '../ports'
import type { RequestInterceptor } from './interceptor'

export interface PortServices {
  /** A container by its name or id; undefined when there is none. */
  findContainer: (id: string) => Promise<Publishing | undefined>
  ports: Pick<PortForwarder, 'reserve'>
  /** See `Containers.watchOutput`. */
  watchOutput: (id: string) => Promise<void>
  /** Resolves when the engine state, and with it the open ports, shows the container as the engine has it. */
  refreshContainer: (id: string) => Promise<void>
}

/**
 * Makes published ports behave as they do without a machine in between. A container does not start if one of its ports
 * is taken on this computer. Once the client learns that the container has started, its ports answer.
 */
export function publishedPortsInterceptor(services: PortServices): RequestInterceptor {
  return {
    method: 'POST',
    path: /^\/containers\/([^/]+)\/(?:start|restart)$/,
    before: async ([name = '']) => {
      const container = await services.findContainer(name)
      if (container !== undefined) await services.watchOutput(container.id)
      // The engine's own error is better. Waiting would also break `--rm`: the client may ask about a container that is
      // gone.
      if (container?.publishes !== true) return undefined
      const reservation = await services.ports.reserve(container.ports, container.id)
      return async () => {
        await services.refreshContainer(container.id)
        await reservation.settle()
      }
    },
  }
}
