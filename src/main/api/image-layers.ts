import { type ApiServices, implementer } from './implementer'

const { imageLayers } = implementer

export function imageLayersRouter({ imageLayers: service }: Pick<ApiServices, 'imageLayers'>) {
  return imageLayers.router({
    list: imageLayers.list.handler(({ input }) => service.list(input.image)),
    folder: imageLayers.folder.handler(({ input, context, signal = context.connection.closed }) =>
      service.folder(input, signal),
    ),
    waste: imageLayers.waste.handler(({ input, context, signal = context.connection.closed }) =>
      service.waste(input.image, signal),
    ),
    find: imageLayers.find.handler(({ input, context, signal = context.connection.closed }) =>
      service.find(input, signal),
    ),
    compare: imageLayers.compare.handler(({ input, context, signal = context.connection.closed }) =>
      service.compare(input, signal),
    ),
  })
}
