import { BerthError } from '../../shared/errors'
import type { Volume } from '../../shared/volumes'
import { EngineResponseError, pathPart, type EngineClient } from './client'
import { engineError, isMissing, withEngineErrors } from './engine-errors'
import { toVolume } from './mapping'
import { containerListSchema, volumeInspectSchema, volumeListSchema, volumePruneSchema } from './schemas'

/** The engine's volumes. */
export class Volumes {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  async list(signal?: AbortSignal): Promise<Volume[]> {
    const { Volumes: volumes } = await withEngineErrors({}, () =>
      this.#client.json({ method: 'GET', path: '/volumes', signal }, volumeListSchema),
    )
    return (volumes ?? []).map(toVolume)
  }

  /** Undefined if there is no such volume. */
  async find(name: string, signal?: AbortSignal): Promise<Volume | undefined> {
    try {
      return toVolume(
        await this.#client.json({ method: 'GET', path: path(name), signal }, volumeInspectSchema),
      )
    } catch (error) {
      if (isMissing(error)) return undefined
      throw engineError(error, { volume: name })
    }
  }

  /** @throws BerthError volume.not-found */
  async get(name: string): Promise<Volume> {
    const volume = await this.find(name)
    if (volume === undefined) throw new BerthError('volume.not-found', { volume: name })
    return volume
  }

  /**
   * Creates a volume. Looks for the name first, because the engine would answer with the existing volume.
   * @throws BerthError volume.name-taken
   */
  async create(name: string): Promise<void> {
    if ((await this.find(name)) !== undefined) throw new BerthError('volume.name-taken', { volume: name })
    await withEngineErrors({ volume: name }, () =>
      this.#client.json(
        { method: 'POST', path: '/volumes/create', body: { Name: name } },
        volumeInspectSchema,
      ),
    )
  }

  /** @throws BerthError volume.in-use with the containers, volume.not-found */
  async remove(name: string): Promise<void> {
    try {
      await this.#client.call({ method: 'DELETE', path: path(name) })
    } catch (error) {
      if (error instanceof EngineResponseError && error.status === 409)
        throw new BerthError(
          'volume.in-use',
          { volume: name, containers: (await this.#usedBy(name)).join(', ') },
          { detail: error.message, cause: error },
        )
      throw engineError(error, { volume: name })
    }
  }

  /** Removes every volume that no container uses, named or anonymous. `bytes` is the freed space. */
  async prune(): Promise<{ removed: string[]; bytes: number }> {
    const answer = await withEngineErrors({}, () =>
      this.#client.json(
        { method: 'POST', path: '/volumes/prune', query: { filters: JSON.stringify({ all: ['true'] }) } },
        volumePruneSchema,
      ),
    )
    return { removed: answer.VolumesDeleted, bytes: answer.SpaceReclaimed ?? 0 }
  }

  async #usedBy(volume: string): Promise<string[]> {
    const containers = await withEngineErrors({}, () =>
      this.#client.json(
        {
          method: 'GET',
          path: '/containers/json',
          query: { all: true, filters: JSON.stringify({ volume: [volume] }) },
        },
        containerListSchema,
      ),
    )
    return containers.map(({ Id, Names: [name = Id.slice(0, 12)] }) => name.replace(/^\//, '')).sort()
  }
}

function path(name: string): string {
  return `/volumes/${pathPart(name)}`
}
