import type { CloneProgress } from '../../shared/volumes'
import { type ApiServices, implementer } from './implementer'
import { progressThenResult } from './streams'

const { volumes } = implementer

export function volumesRouter({ engine, volumeContents }: ApiServices) {
  return volumes.router({
    create: volumes.create.handler(({ input }) => engine.volumes.create(input)),
    remove: volumes.remove.handler(({ input }) => engine.volumes.remove(input.name)),
    prune: volumes.prune.handler(() => engine.volumes.prune()),
    sizes: volumes.sizes.handler(({ signal }) => engine.volumes.sizes(signal)),
    clone: volumes.clone.handler(({ input, context, signal = context.connection.closed }) =>
      progressThenResult<CloneProgress>({
        first: { bytes: 0, done: false },
        work: async (report, aborted) => {
          let bytes = 0
          const progress = (copied: number) => {
            bytes = copied
            report({ bytes, done: false })
          }
          await volumeContents.clone({ ...input, progress, signal: aborted })
          return { bytes, done: true }
        },
        signal,
      }),
    ),
    empty: volumes.empty.handler(({ input }) => volumeContents.empty(input.name)),
  })
}
