import { withDefaultTag } from '../../shared/images'
import { iterableSource } from '../sessions'
import { implementer } from './implementer'
import type { ApiServices } from './services'
import { Uploads } from './uploads'

export function imagesRouter({
  engine,
  logins,
  sessions,
}: Pick<ApiServices, 'engine' | 'logins' | 'sessions'>) {
  const uploads = new Uploads<{ id: string }>()
  return implementer.images.router({
    pull: implementer.images.pull.handler(({ input, context }) => {
      const title = withDefaultTag(input.reference)
      const source = iterableSource(
        async function* (signal) {
          yield* engine.images.pull(title, signal, await logins.forImage(title))
        },
        (layers) => ({ type: 'pull', layers }),
      )
      return sessions.open({ kind: 'pull', title, source }, context.connection).info
    }),
    remove: implementer.images.remove.handler(({ input: { image, force } }) =>
      engine.images.remove(image, force),
    ),
    importOpen: implementer.images.importOpen.handler(({ input: { reference, bytes }, context }) => ({
      uploadId: uploads.open(context.connection, bytes, (tar) =>
        engine.images.import(withDefaultTag(reference), tar),
      ),
    })),
    importPiece: implementer.images.importPiece.handler(({ input: { uploadId, piece }, context }) =>
      uploads.piece(context.connection, uploadId, piece),
    ),
    importFinish: implementer.images.importFinish.handler(({ input, context }) =>
      uploads.finish(context.connection, input.uploadId),
    ),
    importAbort: implementer.images.importAbort.handler(({ input, context }) => {
      uploads.abort(context.connection, input.uploadId)
    }),
  })
}
