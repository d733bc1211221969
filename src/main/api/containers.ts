import { iterableSource } from '../sessions'
import { implementer } from './implementer'
import type { ApiServices } from './services'

export function containersRouter(services: ApiServices) {
  const { containers } = services.engine
  return implementer.containers.router({
    run: implementer.containers.run.handler(({ input }) => services.runContainer(input)),
    start: implementer.containers.start.handler(({ input }) => services.startContainer(input.id)),
    stop: implementer.containers.stop.handler(({ input }) => containers.stop(input.id, input.graceSeconds)),
    kill: implementer.containers.kill.handler(({ input }) => containers.kill(input.id)),
    restart: implementer.containers.restart.handler(({ input }) => services.restartContainer(input.id)),
    remove: implementer.containers.remove.handler(({ input: { id, ...options } }) =>
      containers.remove(id, options),
    ),
    inspect: implementer.containers.inspect.handler(({ input }) => containers.inspect(input.id)),
    logs: implementer.containers.logs.handler(({ input: { id, tail }, context }) => {
      const source = iterableSource(
        (signal) => containers.logs(id, { tail, follow: true, signal }),
        (entries) => ({ type: 'logs', entries }),
      )
      const title = services.state.containers.get(id)?.name ?? id
      const target = { kind: 'container', containerId: id } as const
      return services.sessions.open({ kind: 'logs', title, target, source }, context.connection).info
    }),
  })
}
