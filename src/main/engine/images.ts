import type { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { type Image, type PullLayer, withDefaultTag } from '../../shared/images'
import { connectionError, EngineResponseError, jsonLines, type EngineClient } from './client'
import { engineError, importError, isMissing, withEngineErrors } from './engine-errors'
import { inspectedImage, listedImage } from './mapping'
import { pullImage } from './pull'
import type { PullLogin } from './registry-login'
import { containerListSchema, imageInspectSchema, imageListSchema, progressSchema } from './schemas'

/** The engine's images. A reference is a name, a name with a tag or digest, or an id. */
export class Images {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  async list(signal?: AbortSignal): Promise<Image[]> {
    const entries = await withEngineErrors({}, () =>
      this.#client.json({ method: 'GET', path: '/images/json', signal }, imageListSchema),
    )
    return entries.map(listedImage)
  }

  /** Undefined if there is no such image. */
  async find(reference: string, signal?: AbortSignal): Promise<Image | undefined> {
    try {
      const inspect = await this.#client.json(
        { method: 'GET', path: `${path(reference)}/json`, signal },
        imageInspectSchema,
      )
      return inspectedImage(inspect)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw engineError(error, { image: reference })
    }
  }

  /** @throws BerthError image.not-found */
  async get(reference: string): Promise<Image> {
    const image = await this.find(reference)
    if (image === undefined) throw new BerthError('image.not-found', { image: reference })
    return image
  }

  /** See {@link pullImage}. */
  pull(
    reference: string,
    signal: AbortSignal,
    login?: PullLogin,
  ): AsyncGenerator<PullLayer[], void, undefined> {
    return pullImage(this.#client, reference, signal, login)
  }

  /**
   * Removes a name of an image. If it is the last name, or if `reference` is an id, the image itself is removed too.
   * With `force`, a name is removed even if stopped containers use it.
   * @throws BerthError image.in-use with the containers, image.not-found
   */
  async remove(reference: string, force: boolean): Promise<void> {
    try {
      await this.#client.call({ method: 'DELETE', path: path(reference), query: { force } })
    } catch (error) {
      if (error instanceof EngineResponseError && error.status === 409) {
        const containers = await this.#usedBy(reference)
        if (containers.length > 0)
          throw new BerthError(
            'image.in-use',
            { image: reference, containers: containers.join(', ') },
            { detail: error.message, cause: error },
          )
      }
      throw engineError(error, { image: reference })
    }
  }

  /**
   * Makes an image from the tar archive of a root file system, like `docker import`. Reads the archive only as fast as
   * the engine accepts it.
   * @throws BerthError image.archive-invalid, disk.full; image.reference-invalid if the reference has a digest; the
   * BerthErrors of {@link EngineClient}
   */
  async import(reference: string, archive: Readable, signal?: AbortSignal): Promise<{ id: string }> {
    if (reference.includes('@'))
      throw new BerthError('image.reference-invalid', { reference, reason: phrases['import-digest'] })
    const { name, tag } = splitTag(withDefaultTag(reference))
    try {
      const response = await this.#client.stream({
        method: 'POST',
        path: '/images/create',
        query: { fromSrc: '-', repo: name, tag },
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

  /** The names of the containers made from an image. */
  async #usedBy(reference: string): Promise<string[]> {
    const image = await this.find(reference)
    const containers = await withEngineErrors({}, () =>
      this.#client.json(
        { method: 'GET', path: '/containers/json', query: { all: true } },
        containerListSchema,
      ),
    )
    return containers
      .filter(({ ImageID }) => ImageID === image?.id)
      .map(({ Id, Names: [name = Id.slice(0, 12)] }) => name.replace(/^\//, ''))
      .sort()
  }
}

/** The engine accepts unescaped slashes and colons in a reference. */
function path(reference: string): string {
  return `/images/${encodeURI(reference)}`
}

function splitTag(reference: string): { name: string; tag: string } {
  const colon = reference.lastIndexOf(':')
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) }
}
