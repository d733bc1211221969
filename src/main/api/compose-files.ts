import { type ApiServices, implementer } from './implementer'

const { composeFiles } = implementer

export function composeFilesRouter({ composeFiles: service }: ApiServices) {
  return composeFiles.router({
    list: composeFiles.list.handler(({ input, context, signal = context.connection.closed }) =>
      service.list(input.folder, signal),
    ),
    read: composeFiles.read.handler(({ input }) => service.read(input.path)),
    save: composeFiles.save.handler(({ input: { path, ...content } }) => service.save(path, content)),
    watch: composeFiles.watch.handler(({ input, context, signal = context.connection.closed }) =>
      service.watch(input.path, signal),
    ),
  })
}
