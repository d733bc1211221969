import type { TaskEvent } from '../../shared/tasks'
import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { tasks } = implementer

export function tasksRouter(services: ApiServices) {
  return tasks.router({
    watch: tasks.watch.handler(({ context, signal = context.connection.closed }) =>
      changes<TaskEvent>({
        snapshot: () => ({ type: 'snapshot', tasks: services.tasks.list() }),
        subscribe(listener) {
          services.tasks.on('change', listener)
          return () => services.tasks.off('change', listener)
        },
        signal,
      }),
    ),
    cancel: tasks.cancel.handler(({ input }) => services.tasks.cancel(input.id)),
    dismiss: tasks.dismiss.handler(({ input }) => services.tasks.dismiss(input.id)),
    dismissEnded: tasks.dismissEnded.handler(() => services.tasks.dismissEnded()),
    log: tasks.log.handler(({ input }) => services.tasks.readLog(input.id, input.from, input.bytes)),
  })
}
