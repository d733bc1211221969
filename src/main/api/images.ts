import { type ApiServices, implementer } from './implementer'

const { images } = implementer

export function imagesRouter({ engine, uploads, downloads, ...services }: ApiServices) {
  return images.router({
    ensureBase: images.ensureBase.handler(() => services.images.ensureBase()),
    pull: images.pull.handler(({ input }) => ({ taskId: services.images.pull(input.reference) })),
    push: images.push.handler(({ input }) => ({ taskId: services.images.push(input.reference) })),
    tag: images.tag.handler(({ input }) => engine.images.tag(input.image, input.tag)),
    remove: images.remove.handler(({ input: { image, force } }) => engine.images.remove(image, force)),
    removeAll: images.removeAll.handler(({ input }) => engine.images.removeAll(input.image)),
    details: images.details.handler(({ input }) => engine.images.details(input.image)),
    prune: images.prune.handler(({ input }) => engine.images.prune(input)),
    archiveContent: images.archiveContent.handler(({ input }) =>
      services.images.content(Buffer.from(input.head, 'base64')),
    ),
    importOpen: images.importOpen.handler(({ input, context }) => ({
      uploadId: uploads.open(context.connection, input.bytes, (tar) => services.images.import(input, tar)),
    })),
    loadOpen: images.loadOpen.handler(({ input, context }) => ({
      uploadId: uploads.open(context.connection, input.bytes, (tar) => services.images.load(input, tar)),
    })),
    save: images.save.handler(({ input, context }) =>
      downloads.offer(context.connection, {
        name: archiveName(input.images),
        open: (signal) => services.images.save(input.images, signal),
      }),
    ),
  })
}

/** The name of the file for saved images, such as `node-20.tar`. */
function archiveName([first = '', ...others]: string[]): string {
  if (others.length > 0) return 'images.tar'
  return `${first
    .replace(/^sha256:/, '')
    .slice(0, 100)
    .replaceAll(/[^\w.-]+/g, '-')}.tar`
}
