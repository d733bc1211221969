import { withDefaultTag } from '../../shared/images'
import { iterableSource } from '../sessions'
import { type ApiServices, implementer } from './implementer'

const { images } = implementer

export function imagesRouter({ engine, logins, sessions, uploads }: ApiServices) {
  return images.router({
    pull: images.pull.handler(({ input, context }) => {
      const title = withDefaultTag(input.reference)
      const source = iterableSource(
        async function* (signal) {
          yield* engine.images.pull(title, signal, await logins.forImage(title))
        },
        (layers) => ({ type: 'pull', layers }),
      )
      return sessions.open({ kind: 'pull', title, source }, context.connection).info
    }),
    remove: images.remove.handler(({ input: { image, force } }) => engine.images.remove(image, force)),
    importOpen: images.importOpen.handler(({ input: { reference, bytes }, context }) => ({
      uploadId: uploads.open(context.connection, bytes, (tar) =>
        engine.images.import(withDefaultTag(reference), tar),
      ),
    })),
  })
}
