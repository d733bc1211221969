import type { PortPublisher, Publishing } from '../engine'
import type { RequestInterceptor } from './interceptors'

export interface PortServices {
  /** A container by its name or id; undefined when there is none. */
  findContainer: (id: string) => Promise<Publishing | undefined>
  ports: PortPublisher
  /** Resolves when the state, and with it the open ports, is as new as the engine's. */
  refreshContainer: (id: string) => Promise<void>
}

/**
 * What `docker run -p` does natively: a container whose port is taken on this computer is not started, and one that
 * has been started answers on its ports by the time that the client is told.
 */
export function publishedPortsInterceptor(services: PortServices): RequestInterceptor {
  return {
    method: 'POST',
    path: /^\/containers\/([^/]+)\/(?:start|restart)$/,
    before: async ([name = '']) => {
      const container = await services.findContainer(name)
      // The engine says so better. And who gets the answer late may ask for the end of a container that has removed itself.
      if (container?.publishes !== true) return undefined
      const reservation = await services.ports.reserve(container.ports, container.id)
      return async () => {
        await services.refreshContainer(container.id)
        await reservation.settle()
      }
    },
  }
}
