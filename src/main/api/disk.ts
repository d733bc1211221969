import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import { implementer } from './implementer'
import type { ApiServices } from './services'
import { latest, type Subscribe } from './streams'

export function diskRouter({ disk, maintenance }: Pick<ApiServices, 'disk' | 'maintenance'>) {
  return implementer.disk.router({
    usage: implementer.disk.usage.handler(() => disk.usage()),
    reclaim: implementer.disk.reclaim.handler(({ input }) => disk.reclaim(input.target)),
    compact: implementer.disk.compact.handler(({ context, signal = context.connection.closed }) =>
      compaction(maintenance, signal),
    ),
  })
}

async function* compaction(
  maintenance: ApiServices['maintenance'],
  signal: AbortSignal,
): AsyncGenerator<CompactionProgress | CompactionResult, void> {
  let progress: CompactionProgress = { step: 'stop', percent: 0 }
  let changed: (now: CompactionProgress) => void = () => undefined
  const subscribe: Subscribe<CompactionProgress> = (listener) => {
    changed = listener
    return () => {
      changed = () => undefined
    }
  }
  const ended = new AbortController()
  const report = (now: CompactionProgress) => {
    progress = now
    changed(now)
  }
  const work = maintenance.compact(report, signal).finally(() => {
    ended.abort()
  })
  // A failure is told below, after the progress.
  work.catch(() => undefined)
  yield* latest(() => progress, subscribe, AbortSignal.any([signal, ended.signal]))
  yield await work
}
