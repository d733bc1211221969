import { type ApiServices, implementer } from './implementer'

const { projectFiles } = implementer

export function projectFilesRouter({ projectFiles: service }: ApiServices) {
  return projectFiles.router({
    list: projectFiles.list.handler(({ input, context, signal = context.connection.closed }) =>
      service.list(input.folder, signal),
    ),
    read: projectFiles.read.handler(({ input }) => service.read(input.path)),
    save: projectFiles.save.handler(({ input: { path, ...content } }) => service.save(path, content)),
    watch: projectFiles.watch.handler(({ input, context, signal = context.connection.closed }) =>
      service.watch(input.path, signal),
    ),
  })
}
