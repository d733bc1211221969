import { type ApiServices, implementer } from './implementer'

const { isolation } = implementer

export function isolationRouter({ isolation: service }: Pick<ApiServices, 'isolation'>) {
  return isolation.router({
    watch: isolation.watch.handler(({ input, context, signal = context.connection.closed }) =>
      service.watch(input.id, signal),
    ),
    process: isolation.process.handler(({ input, context, signal = context.connection.closed }) =>
      service.process(input, signal),
    ),
    refusals: isolation.refusals.handler(({ input, context, signal = context.connection.closed }) =>
      service.refusals(input.id, signal),
    ),
    layers: isolation.layers.handler(({ input }) => service.layers(input.id)),
    path: isolation.path.handler(({ input, context, signal = context.connection.closed }) =>
      service.path(input.id, input.path, signal),
    ),
    changes: isolation.changes.handler(({ input, context, signal = context.connection.closed }) =>
      service.changes(input.id, signal),
    ),
    limits: isolation.limits.handler(({ input }) => service.limits(input.id)),
    setLimits: isolation.setLimits.handler(({ input }) => service.setLimits(input.id, input.limits)),
  })
}
