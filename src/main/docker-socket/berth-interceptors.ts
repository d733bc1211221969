import type { Engine, EngineState } from '../engine'
import type { Mounts } from '../mounts'
import type { PortForwarder } from '../ports'
import type { Timelines } from '../timelines'
import { hostNamesInterceptors } from './host-names'
import { bindMountInterceptors, requestedPortsInterceptor } from './create-request'
import type { RequestInterceptor } from './interceptor'
import { publishedPortsInterceptor } from './start-request'

/** Returns all interceptors that change requests of docker clients on the host. */
export function dockerInterceptors(services: {
  mounts: Mounts
  engine: Engine
  ports: PortForwarder
  state: EngineState
  timelines?: Pick<Timelines, 'current'>
}): RequestInterceptor[] {
  const { mounts, engine, ports, state, timelines } = services
  return [
    ...bindMountInterceptors(
      () => mounts.currentBindContext(),
      (container) => mounts.beforeStart(async () => (await engine.containers.find(container))?.mounts ?? []),
    ),
    requestedPortsInterceptor(ports),
    ...hostNamesInterceptors(),
    publishedPortsInterceptor({
      findContainer: (id) => engine.containers.findPublishing(id),
      ports,
      timeline: (id) => timelines?.current(id),
      watchOutput: (id) => engine.containers.watchOutput(id),
      refreshContainer: (id) => state.refreshContainer(id),
    }),
  ]
}
