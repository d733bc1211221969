import { implementer } from './implementer'
import type { ApiServices } from './services'

export function volumesRouter({ engine: { volumes } }: Pick<ApiServices, 'engine'>) {
  return implementer.volumes.router({
    create: implementer.volumes.create.handler(({ input }) => volumes.create(input.name)),
    remove: implementer.volumes.remove.handler(({ input }) => volumes.remove(input.name)),
    prune: implementer.volumes.prune.handler(() => volumes.prune()),
  })
}
