import { lastFileName, showFileName } from '../../shared/file-paths'
import { type ApiServices, implementer } from './implementer'

const { files } = implementer

export function filesRouter({ files: service, downloads, uploads }: ApiServices) {
  return files.router({
    list: files.list.handler(({ input, context, signal = context.connection.closed }) =>
      service.list(input, signal),
    ),
    watch: files.watch.handler(({ input, context, signal = context.connection.closed }) =>
      service.watch(input, signal),
    ),
    read: files.read.handler(({ input }) => service.read(input, input)),
    download: files.download.handler(async ({ input: { folder, ...subject }, context }) => {
      const name = lastFileName(subject.path) || rootName(subject.target)
      const opening = new AbortController()
      const opened = await service.download(subject, { folder, name, signal: opening.signal })
      return downloads.offer(context.connection, {
        name: showFileName(folder ? `${name}.tar` : name),
        ...(opened.bytes === undefined ? {} : { bytes: opened.bytes }),
        open: (signal) => {
          signal.addEventListener('abort', () => {
            opening.abort()
          })
          return Promise.resolve(opened.stream)
        },
      })
    }),
    uploadOpen: files.uploadOpen.handler(({ input, context }) => ({
      uploadId: uploads.open(context.connection, input.bytes, async (content) => {
        await service.upload(input, content)
        return {}
      }),
    })),
    makeFolder: files.makeFolder.handler(({ input }) => service.makeFolder(input, input)),
    rename: files.rename.handler(({ input }) => service.rename(input, input.to)),
    remove: files.remove.handler(({ input }) => service.remove(input.target, input.paths)),
  })
}

/** The name of the folder in an archive of everything. */
function rootName(target: { kind: 'container'; id: string } | { kind: 'volume'; name: string }): string {
  return target.kind === 'volume' ? target.name : target.id.slice(0, 12)
}
