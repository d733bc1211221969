import { BerthError } from '../../shared/errors'
import { type LayerProgress, splitTag, withDefaultTag } from '../../shared/images'
import { connectionError, EngineResponseError, type EngineClient } from './client'
import { registryError } from './engine-errors'
import { layerProgress, type TransferState } from './layer-progress'
import { loginHeaders, type PullLogin, withLoginProblem } from './registry-login'

/** Maps the engine's status (github.com/moby/moby distribution/pull_v2.go and xfer) to the state that Berth shows. */
export const pullStatuses: Record<string, LayerProgress['status']> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  Downloading: 'downloading',
  'Verifying Checksum': 'verifying',
  'Download complete': 'downloaded',
  Extracting: 'extracting',
  'Pull complete': 'complete',
  'Already exists': 'exists',
}

/** The same for a push (github.com/moby/moby distribution/push_v2.go). */
const pushStatuses: Record<string, LayerProgress['status']> = {
  Preparing: 'waiting',
  Waiting: 'waiting',
  Pushing: 'uploading',
  Pushed: 'uploaded',
  'Layer already exists': 'exists',
  'Mounted from': 'mounted',
}

/** The engine requires the header in every push. This value is the JSON `{}`, which means no login. */
const noLogin = 'e30='

interface TransferOptions {
  signal: AbortSignal
  login?: PullLogin
}

export interface PullOptions extends TransferOptions {
  /** A platform such as `linux/arm64`. The default is the machine's own. */
  platform?: string | undefined
  /** Gets the engine's messages. */
  report?: (message: string) => void
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
  { signal, login = {}, platform, report }: PullOptions,
): AsyncGenerator<LayerProgress[], void, undefined> {
  const open = () =>
    client.stream({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: withDefaultTag(reference), platform: platform === '' ? undefined : platform },
      headers: loginHeaders(login),
      signal,
    })
  for await (const { layers, messages } of transfer(open, pullStatuses, reference, { signal, login })) {
    if (report !== undefined) messages.forEach(report)
    if (layers !== undefined) yield layers
  }
}

export interface PushOptions extends TransferOptions {
  /** Gets the state of all layers whenever a layer has changed. */
  onLayers?: (layers: LayerProgress[]) => void
  /** Gets the engine's messages. */
  report?: (message: string) => void
}

/**
 * Pushes a tag to its registry. Resolves with the digest that the registry has given to the image. An abort makes the
 * engine cancel the push, and the promise then resolves with undefined.
 * @throws BerthError as {@link pullImage}; image.not-found
 */
export async function pushImage(
  client: EngineClient,
  reference: string,
  { signal, login = {}, onLayers, report }: PushOptions,
): Promise<string | undefined> {
  const { name, tag } = splitTag(reference)
  const open = () =>
    client.stream({
      method: 'POST',
      path: `/images/${encodeURI(name)}/push`,
      query: { tag },
      headers: { 'x-registry-auth': noLogin, ...loginHeaders(login) },
      signal,
    })
  let pushed: string | undefined
  for await (const state of transfer(open, pushStatuses, reference, { signal, login })) {
    if (report !== undefined) state.messages.forEach(report)
    if (state.layers !== undefined) onLayers?.(state.layers)
    pushed = state.digest ?? pushed
  }
  return pushed
}

async function* transfer(
  open: () => Promise<AsyncIterable<unknown>>,
  statuses: Readonly<Record<string, LayerProgress['status']>>,
  reference: string,
  { signal, login = {} }: TransferOptions,
): AsyncGenerator<TransferState, void, undefined> {
  try {
    yield* layerProgress(await open(), statuses, reference)
  } catch (error) {
    if (signal.aborted) return
    const failure = error instanceof EngineResponseError ? registryError(error.message, reference) : error
    throw failure instanceof BerthError ? withLoginProblem(failure, login) : connectionError(failure)
  }
}
