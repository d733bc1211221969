import { iterableSource } from '../sessions'
import { openAttachedTerminal } from '../terminals'
import { type ApiServices, implementer } from './implementer'

const { containers } = implementer

export function containersRouter({
  containers: actions,
  bulkActions,
  engine,
  downloads,
  mounts,
  sessions,
  state,
}: ApiServices) {
  return containers.router({
    run: containers.run.handler(({ input }) => actions.run(input)),
    start: containers.start.handler(({ input }) => actions.start(input.id, input.sentAt)),
    stop: containers.stop.handler(({ input }) => actions.stop(input.id, input.graceSeconds)),
    kill: containers.kill.handler(({ input }) => actions.kill(input.id, input.signal)),
    pause: containers.pause.handler(({ input }) => actions.pause(input.id)),
    unpause: containers.unpause.handler(({ input }) => actions.unpause(input.id)),
    restart: containers.restart.handler(({ input }) => actions.restart(input.id, input.sentAt)),
    remove: containers.remove.handler(({ input: { id, ...options } }) => actions.remove(id, options)),
    details: containers.details.handler(({ input }) =>
      engine.containers.details(input.id, (source) => mounts.hostPlace(source)),
    ),
    rename: containers.rename.handler(({ input }) => actions.rename(input.id, input.name)),
    bulk: containers.bulk.handler(({ input }) => bulkActions.run(input.action, input.ids)),
    stopped: containers.stopped.handler(() => engine.containers.stopped()),
    prune: containers.prune.handler(({ input }) => bulkActions.prune(input.ids)),
    commit: containers.commit.handler(({ input }) => actions.commit(input.id, input.request)),
    startAttached: containers.startAttached.handler(async ({ input: { id, size }, context }) => {
      const source = await openAttachedTerminal({
        containers: engine.containers,
        containerId: id,
        size,
        start: () => actions.start(id),
      })
      // The session names no container as its target, because it is not a shell.
      const title = state.containers.get(id)?.name ?? id
      return sessions.open({ kind: 'terminal', title, source }, context.connection).info
    }),
    export: containers.export.handler(({ input: { id }, context }) =>
      downloads.offer(context.connection, {
        name: `${state.containers.get(id)?.name ?? id}.tar`,
        open: (signal) => engine.containers.export(id, signal),
      }),
    ),
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
