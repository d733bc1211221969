import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { compose } = implementer

export function composeRouter({ compose: service }: ApiServices) {
  return compose.router({
    watch: compose.watch.handler(watching(service.projects, 'change', () => [...service.projects.all])),
    open: compose.open.handler(({ input, context, signal = context.connection.closed }) =>
      service.open(input.path, signal),
    ),
    configure: compose.configure.handler(({ input }) => service.configure(input.name, input.setup)),
    forget: compose.forget.handler(({ input }) => service.forget(input.name)),
    check: compose.check.handler(({ input, context, signal = context.connection.closed }) =>
      service.check(input.name, signal),
    ),
    run: compose.run.handler(async ({ input }) => ({ taskId: await service.run(input.name, input.run) })),
  })
}
