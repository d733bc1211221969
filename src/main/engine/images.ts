import type { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { type Image, type ImageDetails, type ImagePrune, splitTag } from '../../shared/images'
import { EngineResponseError, type EngineClient } from './client'
import { engineError, isMissing, withEngineErrors } from './engine-errors'
import { importImage, loadImages, saveImages } from './image-archives'
import { imageDetails } from './image-details'
import { imageStorage, type ImageStorage } from './image-storage'
import { inspectedImage, listedImage, listedName } from './mapping'
import { pullImage, pushImage } from './pull'
import {
  containerListSchema,
  imageInspectSchema,
  imageListSchema,
  layersSizeSchema,
  pruneSchema,
} from './schemas'

/** The parameters of a function of this folder after its client. */
type Rest<F extends (client: EngineClient, ...rest: never) => unknown> = F extends (
  client: EngineClient,
  ...rest: infer R
) => unknown
  ? R
  : never

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
  pull(...call: Rest<typeof pullImage>): ReturnType<typeof pullImage> {
    return pullImage(this.#client, ...call)
  }

  /** See {@link pushImage}. */
  push(...call: Rest<typeof pushImage>): Promise<string | undefined> {
    return pushImage(this.#client, ...call)
  }

  /** See {@link imageDetails}. */
  details(id: string): Promise<ImageDetails> {
    return imageDetails(this.#client, id)
  }

  /** See {@link imageStorage}. */
  storage(id: string): Promise<ImageStorage> {
    return imageStorage(this.#client, id)
  }

  /**
   * Gives an image another tag. A tag of another image moves to this image.
   * @throws BerthError image.not-found
   */
  async tag(image: string, tag: string): Promise<void> {
    const parts = splitTag(tag)
    const query = { repo: parts.name, tag: parts.tag }
    await withEngineErrors({ image }, () =>
      this.#client.call({ method: 'POST', path: `${path(image)}/tag`, query }),
    )
  }

  /**
   * Removes an image with all its tags. If a container uses the image, nothing is removed.
   * @throws BerthError image.in-use with the containers, image.not-found
   */
  async removeAll(id: string): Promise<void> {
    const { tags } = await this.get(id)
    const containers = await this.#usedBy(id)
    if (containers.length > 0)
      throw new BerthError('image.in-use', { image: tags[0] ?? id, containers: containers.join(', ') })
    for (const name of tags.length > 0 ? tags : [id]) await this.remove(name, false)
  }

  /** Removes untagged images that no container uses. With `all`, also removes tagged images that no container uses. */
  async prune({ all }: { all: boolean }): Promise<ImagePrune> {
    return withEngineErrors({}, async () => {
      const known = new Set((await this.list()).map(({ id }) => id))
      const before = await this.#layersSize()
      const query = { filters: JSON.stringify({ dangling: [String(!all)] }) }
      const answer = await this.#client.json({ method: 'POST', path: '/images/prune', query }, pruneSchema)
      // The engine also lists the layers that it has removed.
      const removed = (answer.ImagesDeleted ?? []).filter(({ Deleted }) => known.has(Deleted ?? ''))
      const after = await this.#layersSize()
      return { removed: removed.length, bytes: answer.SpaceReclaimed ?? 0, before, after }
    })
  }

  /** See {@link importImage}. */
  import(...call: Rest<typeof importImage>): Promise<{ id: string }> {
    return importImage(this.#client, ...call)
  }

  /** See {@link loadImages}. */
  load(...call: Rest<typeof loadImages>): Promise<string[]> {
    return loadImages(this.#client, ...call)
  }

  /** See {@link saveImages}. */
  save(...call: Rest<typeof saveImages>): Promise<Readable> {
    return saveImages(this.#client, ...call)
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

  /** The bytes of all layers. Layers that several images share count once. */
  async #layersSize(): Promise<number> {
    const query = { type: 'image' }
    return (
      (await this.#client.json({ method: 'GET', path: '/system/df', query }, layersSizeSchema)).LayersSize ??
      0
    )
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
      .map(listedName)
      .sort()
  }
}

/** The engine accepts unescaped slashes and colons in a reference. */
function path(reference: string): string {
  return `/images/${encodeURI(reference)}`
}
