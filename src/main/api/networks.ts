import { type ApiServices, implementer } from './implementer'

const { networks } = implementer

export function networksRouter(services: ApiServices) {
  return networks.router({
    create: networks.create.handler(({ input }) => services.networks.create(input)),
    remove: networks.remove.handler(({ input }) => services.networks.remove(input.id)),
    prune: networks.prune.handler(() => services.networks.prune()),
    connect: networks.connect.handler(({ input }) => services.networks.connect(input)),
    disconnect: networks.disconnect.handler(({ input }) => services.networks.disconnect(input)),
    reach: networks.reach.handler(({ input, context, signal = context.connection.closed }) =>
      services.reach.try(input, signal),
    ),
  })
}
