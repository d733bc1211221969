import { type ApiServices, implementer } from './implementer'

const { hostFolders } = implementer

export function hostFoldersRouter(services: ApiServices) {
  return hostFolders.router({
    places: hostFolders.places.handler(() => services.hostFolders.places()),
    list: hostFolders.list.handler(({ input }) => services.hostFolders.list(input)),
    create: hostFolders.create.handler(async ({ input }) => ({
      path: await services.hostFolders.create(input.parent, input.name),
    })),
  })
}
