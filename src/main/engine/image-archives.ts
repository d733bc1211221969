import type { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { splitTag } from '../../shared/images'
import { connectionError, EngineResponseError, jsonLines, type EngineClient } from './client'
import { engineError, importError } from './engine-errors'
import { progressSchema } from './schemas'

/** `changes` are instructions of a Dockerfile that the engine applies to the new image. */
interface ImportOptions {
  signal?: AbortSignal | undefined
  changes?: readonly string[]
}

/**
 * Makes an image from the tar archive of a root file system, like `docker import`. Reads the archive only as fast as
 * the engine accepts it.
 * @throws BerthError image.archive-invalid, disk.full; image.reference-invalid if the reference has a digest; the
 * BerthErrors of {@link EngineClient}
 */
export async function importImage(
  client: EngineClient,
  reference: string,
  archive: Readable,
  { signal, changes = [] }: ImportOptions = {},
): Promise<{ id: string }> {
  if (reference.includes('@'))
    throw new BerthError('image.reference-invalid', { reference, reason: phrases['import-digest'] })
  const { name, tag } = splitTag(reference)
  try {
    const response = await client.stream({
      method: 'POST',
      path: '/images/create',
      query: {
        fromSrc: '-',
        repo: name,
        tag,
        // The engine parses the changes as the lines of one Dockerfile.
        changes: changes.length === 0 ? undefined : changes.join('\n'),
      },
      body: archive,
      signal,
    })
    let id: string | undefined
    for await (const values of jsonLines(response))
      for (const value of values) {
        const { error, status } = progressSchema.parse(value)
        if (error !== undefined) throw importError(error)
        if (status?.startsWith('sha256:') === true) id = status
      }
    if (id === undefined) throw new BerthError('engine.error', { reason: phrases['import-unnamed'] })
    return { id }
  } catch (error) {
    if (error instanceof EngineResponseError) throw importError(error.message, error)
    throw connectionError(error)
  }
}

/**
 * Loads the images of an archive that `docker save` has written. Resolves with the tags of the loaded images, and with
 * the ids of the images without tags. `report` gets the engine's messages.
 * @throws BerthError image.archive-invalid, disk.full; the BerthErrors of {@link EngineClient}
 */
export async function loadImages(
  client: EngineClient,
  archive: Readable,
  options: { report?: (message: string) => void; signal?: AbortSignal } = {},
): Promise<string[]> {
  const { report, signal } = options
  try {
    const response = await client.stream({ method: 'POST', path: '/images/load', body: archive, signal })
    const loaded: string[] = []
    for await (const values of jsonLines(response))
      for (const value of values) {
        const { error, stream } = progressSchema.parse(value)
        if (error !== undefined) throw importError(error)
        if (stream === undefined) continue
        report?.(stream)
        const name = /^Loaded image(?: ID)?: (\S+)/.exec(stream)?.[1]
        if (name !== undefined) loaded.push(name)
      }
    // The engine answers with success to an archive without images.
    if (loaded.length === 0)
      throw new BerthError('image.archive-invalid', { reason: phrases['archive-without-images'] })
    return loaded
  } catch (error) {
    if (error instanceof EngineResponseError) throw importError(error.message, error)
    throw connectionError(error)
  }
}

/**
 * The archive of images and their tags, like `docker save`. `names` are tags or ids. The caller reads or destroys the
 * stream.
 * @throws BerthError image.not-found; the BerthErrors of {@link EngineClient}
 */
export async function saveImages(
  client: EngineClient,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Readable> {
  try {
    const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&')
    return await client.stream({ method: 'GET', path: `/images/get?${query}`, signal })
  } catch (error) {
    const image = names.join(', ')
    // The engine's message names no image, and its status depends on the engine's version.
    if (error instanceof EngineResponseError && /does not exist|no such image/i.test(error.message))
      throw new BerthError('image.not-found', { image }, { detail: error.message, cause: error })
    throw engineError(error, { image })
  }
}
