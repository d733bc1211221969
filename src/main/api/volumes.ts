import { EventEmitter } from 'node:events'
import type { CloneProgress } from '../../shared/volumes'
import { type ApiServices, implementer } from './implementer'
import { latest } from './streams'

const { volumes } = implementer

export function volumesRouter({ engine, volumeContents }: ApiServices) {
  return volumes.router({
    create: volumes.create.handler(({ input }) => engine.volumes.create(input)),
    remove: volumes.remove.handler(({ input }) => engine.volumes.remove(input.name)),
    prune: volumes.prune.handler(() => engine.volumes.prune()),
    sizes: volumes.sizes.handler(({ signal }) => engine.volumes.sizes(signal)),
    clone: volumes.clone.handler(({ input, context, signal = context.connection.closed }) =>
      cloneProgress(volumeContents, input, signal),
    ),
    empty: volumes.empty.handler(({ input }) => volumeContents.empty(input.name)),
  })
}

/** Yields the progress of a clone. The last value has `done`. If the caller stops earlier, aborts the clone. */
async function* cloneProgress(
  volumeContents: ApiServices['volumeContents'],
  names: { name: string; to: string },
  signal: AbortSignal,
): AsyncGenerator<CloneProgress, void> {
  const emitter = new EventEmitter<{ change: [] }>()
  const ended = new AbortController()
  const left = new AbortController()
  let bytes = 0
  const work = volumeContents
    .clone({
      ...names,
      progress: (copied) => {
        bytes = copied
        emitter.emit('change')
      },
      signal: AbortSignal.any([signal, left.signal]),
    })
    .finally(() => {
      ended.abort()
    })
  // `await work` throws the error. This handler only prevents an unhandled rejection.
  work.catch(() => undefined)
  try {
    yield* latest(emitter, 'change', () => ({ bytes, done: false }), AbortSignal.any([signal, ended.signal]))
    await work
    yield { bytes, done: true }
  } finally {
    left.abort()
  }
}
