import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { containerGroups } = implementer

export function containerGroupsRouter({ containerGroups: list }: ApiServices) {
  return containerGroups.router({
    watch: containerGroups.watch.handler(watching(list, 'change', () => list.current)),
    pin: containerGroups.pin.handler(({ input }) => list.pin(input.names, input.pinned)),
    move: containerGroups.move.handler(({ input }) => list.move(input.names, input.group)),
    rename: containerGroups.rename.handler(({ input }) => list.rename(input.group, input.to)),
    remove: containerGroups.remove.handler(({ input }) => list.remove(input.group)),
  })
}
