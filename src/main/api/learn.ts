import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { learn } = implementer

export function learnRouter({ learn: service }: Pick<ApiServices, 'learn'>) {
  return learn.router({
    watch: learn.watch.handler(watching(service, 'change', () => service.current)),
    open: learn.open.handler(({ input }) => service.open(input.id)),
    skip: learn.skip.handler(({ input }) => service.skip(input.id)),
    again: learn.again.handler(({ input }) => service.again(input.id)),
    useFolder: learn.useFolder.handler(({ input }) => service.useFolder(input.path)),
    ask: learn.ask.handler(() => service.ask()),
    cleanUp: learn.cleanUp.handler(({ input }) => service.cleanUp(input.objects)),
    startOver: learn.startOver.handler(() => service.startOver()),
  })
}
