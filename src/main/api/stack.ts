import { type ApiServices, implementer } from './implementer'
import { changes } from './streams'

const { stack } = implementer

export function stackRouter(services: Pick<ApiServices, 'stack' | 'requestPaths' | 'comparison'>) {
  return stack.router({
    watch: stack.watch.handler(({ context, signal = context.connection.closed }) =>
      changes({ ...services.stack.watch(), signal, limit: 0 }),
    ),
    path: stack.path.handler(({ input, context, signal = context.connection.closed }) =>
      services.requestPaths.find(input, signal),
    ),
    compare: stack.compare.handler(() => ({ taskId: services.comparison.start() })),
  })
}
