import { iterableSource } from '../sessions'
import { type ApiServices, implementer } from './implementer'

const { containers } = implementer

export function containersRouter({ containers: actions, engine, sessions, state }: ApiServices) {
  return containers.router({
    run: containers.run.handler(({ input }) => actions.run(input)),
    start: containers.start.handler(({ input }) => actions.start(input.id)),
    stop: containers.stop.handler(({ input }) => actions.stop(input.id, input.graceSeconds)),
    kill: containers.kill.handler(({ input }) => actions.kill(input.id)),
    pause: containers.pause.handler(({ input }) => actions.pause(input.id)),
    unpause: containers.unpause.handler(({ input }) => actions.unpause(input.id)),
    restart: containers.restart.handler(({ input }) => actions.restart(input.id)),
    remove: containers.remove.handler(({ input: { id, ...options } }) => actions.remove(id, options)),
    inspect: containers.inspect.handler(({ input }) => engine.containers.inspect(input.id)),
    logs: containers.logs.handler(({ input: { id, tail, after }, context }) => {
      const source = iterableSource(
        (signal) => engine.containers.logs(id, { tail, after, follow: true, signal }),
        (batch) => ({ type: 'logs', ...batch }),
      )
      const title = state.containers.get(id)?.name ?? id
      const target = { kind: 'container', containerId: id } as const
      return sessions.open({ kind: 'logs', title, target, source }, context.connection).info
    }),
  })
}
