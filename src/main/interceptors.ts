import { bindMountInterceptors } from './docker-socket/bind-mounts'
import type { RequestInterceptor } from './docker-socket/interceptors'
import { publishedPortsInterceptor } from './docker-socket/published-ports'
import { requestedPortsInterceptor } from './docker-socket/requested-ports'
import type { Engine } from './engine/engine'
import type { EngineState } from './engine/engine-state'
import type { Mounts } from './mounts/mounts'
import type { PortForwarder } from './ports/port-forwarder'

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
