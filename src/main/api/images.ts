import { withDefaultTag } from '../../shared/images'
import { iterableSource } from '../sessions'
import { type ApiServices, implementer } from './implementer'
import { Uploads } from './uploads'

const { images } = implementer

export function imagesRouter({ engine, logins, sessions }: ApiServices) {
  const uploads = new Uploads<{ id: string }>()
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
    importPiece: images.importPiece.handler(({ input: { uploadId, piece }, context }) =>
      uploads.piece(context.connection, uploadId, piece),
    ),
    importFinish: images.importFinish.handler(({ input, context }) =>
      uploads.finish(context.connection, input.uploadId),
    ),
    importAbort: images.importAbort.handler(({ input, context }) => {
      uploads.abort(context.connection, input.uploadId)
    }),
  })
}
