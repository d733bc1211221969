import pLimit from 'p-limit'
import { BerthError } from '../../shared/errors'
import type { Engine, ImageStorage } from '../engine'

/** The limit of simultaneous inspect calls. Each call takes a channel of the SSH connection. */
const inspectLimit = 8

/**
 * The storage of the engine's images. An image never changes, so the engine is asked once for each. Images that no
 * longer exist are forgotten.
 */
export class StorageCache {
  readonly #images: Pick<Engine['images'], 'list' | 'storage'>
  readonly #limit = pLimit(inspectLimit)
  readonly #known = new Map<string, ImageStorage>()

  constructor(images: Pick<Engine['images'], 'list' | 'storage'>) {
    this.#images = images
  }

  /**
   * Asks the engine, because the image may have been removed and pulled again, which puts it into other folders.
   * @throws BerthError image.not-found
   */
  async get(id: string): Promise<ImageStorage> {
    const storage = await this.#images.storage(id)
    this.#known.set(id, storage)
    return storage
  }

  /** The layers of all images. An image that is removed meanwhile is missing. */
  async all(): Promise<Map<string, Pick<ImageStorage, 'diffIds'>>> {
    const ids = new Set((await this.#images.list()).map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    const unknown = [...ids].filter((id) => !this.#known.has(id))
    await Promise.all(unknown.map((id) => this.#limit(() => this.#ask(id))))
    return new Map(this.#known)
  }

  async #ask(id: string): Promise<void> {
    try {
      await this.get(id)
    } catch (error) {
      if (!(error instanceof BerthError && error.code === 'image.not-found')) throw error
    }
  }
}
