import {
  bindMountInterceptors,
  publishedPortsInterceptor,
  requestedPortsInterceptor,
  type RequestInterceptor,
} from './docker-socket'
import type { Engine, EngineState } from './engine'
import type { Mounts } from './mounts'
import type { PortForwarder } from './ports'

/** What Berth adds to the requests of the host's docker tools. */
export function dockerInterceptors(services: {
  mounts: Mounts
  engine: Engine
  ports: PortForwarder
  state: EngineState
}): RequestInterceptor[] {
  const { mounts, engine, ports, state } = services
  return [
    ...bindMountInterceptors(() => mounts.currentBindContext()),
    requestedPortsInterceptor(ports),
    publishedPortsInterceptor({
      findContainer: (id) => engine.containers.findPublishing(id),
      ports,
      refreshContainer: (id) => state.refreshContainer(id),
    }),
  ]
}
