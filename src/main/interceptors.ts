import { homedir } from 'node:os'
import { bindMountInterceptors } from './docker-host/bind-mounts'
import type { RequestInterceptor } from './docker-host/interceptors'
import { publishedPortsInterceptor } from './docker-host/published-ports'
import type { Engine } from './engine/engine'
import type { EngineState } from './engine/engine-state'
import type { PortForwarder } from './ports/port-forwarder'

/** What Berth adds to the requests of the host's docker tools. */
export function dockerInterceptors(services: {
  platform: NodeJS.Platform
  engine: Engine
  ports: PortForwarder
  state: EngineState
}): RequestInterceptor[] {
  const { platform, engine, ports, state } = services
  return [
    ...bindMountInterceptors(() => ({
      platform,
      homeFolder: homedir(),
      // None reaches the machine yet: an empty folder would be mounted in its place, and what is written be lost.
      sharedFolders: [],
    })),
    publishedPortsInterceptor({
      findContainer: (id) => engine.containers.find(id),
      ports,
      refreshContainer: (id) => state.refreshContainer(id),
    }),
  ]
}
