import { BerthError } from '../../shared/errors'
import { type PullLayer, withDefaultTag } from '../../shared/images'
import { connectionError, EngineResponseError, jsonLines, type EngineClient } from './client'
import { registryError } from './engine-errors'
import { loginHeaders, type PullLogin, withLoginProblem } from './registry-login'
import { progressSchema, type Progress } from './schemas'

/** Maps the engine's status (github.com/moby/moby distribution/pull_v2.go and xfer) to the state that Berth shows. */
const layerStatuses: Record<string, PullLayer['status']> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  Downloading: 'downloading',
  'Verifying Checksum': 'verifying',
  'Download complete': 'downloaded',
  Extracting: 'extracting',
  'Pull complete': 'complete',
  'Already exists': 'exists',
}

/**
 * Pulls an image. Yields the state of all its layers whenever a layer has changed, and returns when the pull is
 * complete. An abort makes the engine cancel the pull, and ends the iteration without an error.
 * @throws BerthError registry.*, disk.full, image.reference-invalid; the `problem` of `login` in place of
 * registry.denied; the BerthErrors of {@link EngineClient}
 */
export async function* pullImage(
  client: EngineClient,
  reference: string,
  signal: AbortSignal,
  login: PullLogin = {},
): AsyncGenerator<PullLayer[], void, undefined> {
  const layers = new Map<string, PullLayer>()
  try {
    const response = await client.stream({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: withDefaultTag(reference) },
      headers: loginHeaders(login),
      signal,
    })
    for await (const values of jsonLines(response)) {
      let changed = false
      for (const value of values)
        changed = applyProgress(layers, progressSchema.parse(value), reference) || changed
      if (changed) yield [...layers.values()]
    }
  } catch (error) {
    if (signal.aborted) return
    const failure = error instanceof EngineResponseError ? registryError(error.message, reference) : error
    throw failure instanceof BerthError ? withLoginProblem(failure, login) : connectionError(failure)
  }
}

/**
 * Applies one line of progress. Returns true if a layer has changed.
 * @throws BerthError see {@link registryError}, if the line reports that the pull has failed
 */
function applyProgress(layers: Map<string, PullLayer>, progress: Progress, reference: string): boolean {
  if (progress.error !== undefined) throw registryError(progress.error, reference)
  const status = layerStatuses[progress.status ?? '']
  if (status === undefined || progress.id === undefined) return false
  const before = layers.get(progress.id)
  layers.set(progress.id, {
    id: progress.id,
    status,
    current: progress.progressDetail?.current ?? (isDone(status) ? (before?.total ?? 0) : 0),
    total: progress.progressDetail?.total ?? before?.total ?? 0,
  })
  return true
}

function isDone(status: PullLayer['status']): boolean {
  return status !== 'waiting' && status !== 'downloading' && status !== 'extracting'
}
