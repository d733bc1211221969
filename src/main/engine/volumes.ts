import { BerthError } from '../../shared/errors'
import type { NewVolume, Volume, VolumeSize } from '../../shared/volumes'
import { EngineResponseError, pathPart, type EngineClient } from './client'
import { engineError, isMissing, withEngineErrors } from './engine-errors'
import { listedName, toVolume } from './mapping'
import {
  containerListSchema,
  volumeInspectSchema,
  volumeListSchema,
  volumePruneSchema,
  volumeSizesSchema,
  type VolumeInspect,
} from './schemas'

/** Where a volume keeps its files in the machine. */
export interface VolumeFolder {
  path: string
  /** True if the folder is empty while no container uses the volume, as with a network file system. */
  mountedInUse: boolean
}

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
   * The folder of a volume in the machine. Undefined if the volume's driver keeps the files elsewhere.
   * @throws BerthError volume.not-found
   */
  async folder(name: string): Promise<VolumeFolder | undefined> {
    const { Driver, Mountpoint, Options } = await this.#inspect(name)
    if (Driver !== 'local' || !Mountpoint) return undefined
    return { path: Mountpoint, mountedInUse: 'device' in Options || 'type' in Options }
  }

  /**
   * Creates a volume. Looks for the name first, because the engine would answer with the existing volume.
   * @throws BerthError volume.name-taken, volume.driver-failed
   */
  async create({ name, driver, options, labels }: NewVolume): Promise<void> {
    if ((await this.find(name)) !== undefined) throw new BerthError('volume.name-taken', { volume: name })
    const body = { Name: name, Driver: driver, DriverOpts: options, Labels: labels }
    try {
      await this.#client.json({ method: 'POST', path: '/volumes/create', body }, volumeInspectSchema)
    } catch (error) {
      throw createError(error, { name, driver })
    }
  }

  /** @throws BerthError volume.not-found */
  async settings(name: string): Promise<NewVolume> {
    const { Driver, Options, Labels } = await this.#inspect(name)
    return { name, driver: Driver, options: Options, labels: Labels }
  }

  /** Computes the sizes again, which takes seconds if there are many files. */
  async sizes(signal?: AbortSignal): Promise<VolumeSize[]> {
    const { Volumes: volumes } = await withEngineErrors({}, () =>
      this.#client.json(
        { method: 'GET', path: '/system/df', query: { type: 'volume' }, signal },
        volumeSizesSchema,
      ),
    )
    return (volumes ?? []).map(({ Name, UsageData }) => {
      const size = UsageData?.Size ?? -1
      return { name: Name, bytes: size < 0 ? null : size }
    })
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

  #inspect(name: string): Promise<VolumeInspect> {
    return withEngineErrors({ volume: name }, () =>
      this.#client.json({ method: 'GET', path: path(name) }, volumeInspectSchema),
    )
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
    return containers.map(listedName).sort()
  }
}

/** The engine refuses unknown drivers, and options that the driver does not know. */
function createError(error: unknown, { name, driver }: { name: string; driver: string }): Error {
  if (error instanceof EngineResponseError && !/no space left on device/i.test(error.message))
    return new BerthError(
      'volume.driver-failed',
      { volume: name, driver, reason: error.message },
      { cause: error },
    )
  return engineError(error, { volume: name })
}

function path(name: string): string {
  return `/volumes/${pathPart(name)}`
}
