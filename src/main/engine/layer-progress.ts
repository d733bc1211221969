import type { LayerProgress } from '../../shared/images'
import { jsonLines } from './client'
import { registryError } from './engine-errors'
import { progressSchema, type Progress } from './schemas'

/** A state of all layers, and the messages that are not about a single layer. */
export interface TransferState {
  /** Undefined if no layer has changed. */
  layers: LayerProgress[] | undefined
  messages: string[]
  /** The digest that the registry has given to a pushed image. */
  digest: string | undefined
}

/**
 * Reads the progress of a pull or a push. Yields whenever a layer has changed or a message has arrived. `statuses` maps
 * the engine's statuses to the states that Berth shows.
 * @throws BerthError see {@link registryError}, if a line reports that the transfer has failed
 */
export async function* layerProgress(
  response: AsyncIterable<unknown>,
  statuses: Readonly<Record<string, LayerProgress['status']>>,
  reference: string,
): AsyncGenerator<TransferState, void, undefined> {
  const layers = new Map<string, LayerProgress>()
  for await (const values of jsonLines(response)) {
    const messages: string[] = []
    let changed = false
    let digest: string | undefined
    for (const value of values) {
      const progress = progressSchema.parse(value)
      if (progress.error !== undefined) throw registryError(progress.error, reference)
      digest = progress.aux?.Digest ?? digest
      const status = statuses[(progress.status ?? '').replace(/^Mounted from .*/, 'Mounted from')]
      if (status !== undefined && progress.id !== undefined) {
        layers.set(progress.id, nextState(layers.get(progress.id), progress.id, status, progress))
        changed = true
      } else if (progress.status !== undefined) {
        messages.push(progress.id === undefined ? progress.status : `${progress.id}: ${progress.status}`)
      }
    }
    if (changed || messages.length > 0 || digest !== undefined)
      yield { layers: changed ? [...layers.values()] : undefined, messages, digest }
  }
}

export function nextState(
  before: LayerProgress | undefined,
  id: string,
  status: LayerProgress['status'],
  { progressDetail }: Progress,
): LayerProgress {
  const moving = ['waiting', 'downloading', 'extracting', 'uploading'].includes(status)
  return {
    id,
    status,
    current: progressDetail?.current ?? (moving ? 0 : (before?.total ?? 0)),
    total: progressDetail?.total ?? before?.total ?? 0,
  }
}
