import type { Publishing } from '../engine'
import type { PortForwarder } from '../ports'
import { portsLabel, type Recorder, unrecorded } from '../timelines'
import type { RequestInterceptor } from './interceptor'

export interface PortServices {
  /** Finds a container by its name or id. Resolves with undefined if there is none. */
  findContainer: (id: string) => Promise<Publishing | undefined>
  ports: Pick<PortForwarder, 'reserve'>
  /** Records the reservation of a container's ports. */
  timeline?: (container: string) => Pick<Recorder, 'during'> | undefined
  /** See `Containers.watchOutput`. */
  watchOutput: (id: string) => Promise<void>
  /**
   * Updates the engine state for one container, and thereby the open ports. Resolves when the state matches the engine.
   */
  refreshContainer: (id: string) => Promise<void>
}

/**
 * Makes published ports behave as if containers ran directly on this computer. A container does not start if one of its
 * ports is taken on this computer. When the client learns that the container has started, the container's ports already
 * accept connections.
 */
export function publishedPortsInterceptor(services: PortServices): RequestInterceptor {
  return {
    method: 'POST',
    path: /^\/containers\/([^/]+)\/(?:start|restart)$/,
    before: async ([name = '']) => {
      const container = await services.findContainer(name)
      if (container !== undefined) await services.watchOutput(container.id)
      // If there is no container, Berth leaves the error to the engine. If the container publishes no ports, Berth must
      // not delay the answer: a container with `--rm` could be gone before the client asks about it.
      if (container?.publishes !== true) return undefined
      const timeline = services.timeline?.(container.id) ?? unrecorded
      const reservation = await timeline.during(
        'reserve',
        () => services.ports.reserve(container.ports, container.id),
        portsLabel(container.ports),
      )
      return async () => {
        await services.refreshContainer(container.id)
        await reservation.settle()
      }
    },
  }
}
