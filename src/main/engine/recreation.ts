import { pathPart, type EngineClient } from './client'
import { createContainer, type CreateOptions } from './create-container'
import { engineError, isMissing, withEngineErrors } from './engine-errors'
import { blueprintOf, type Blueprint } from './inspected-spec'
import { containerName } from './mapping'
import {
  type CreateBody,
  type ImageConfig,
  imageConfigSchema,
  imagePlatformSchema,
  lastStateSchema,
  type RecreationInspect,
  recreationInspectSchema,
  type RestartPolicy,
} from './schemas-recreation'

/** A container's blueprint, and the facts that its replacement needs. */
export interface Recreatable extends Blueprint {
  id: string
  name: string
  imageId: string
  /** The platform of its image, such as `linux/arm64/v8`. Empty if the image no longer exists. */
  platform: string
}

/** The engine calls with which Berth replaces a container by a changed copy. */
export class Recreation {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  /** @throws BerthError container.not-found */
  async read(id: string): Promise<Recreatable> {
    const inspect = await withEngineErrors({ container: id }, () =>
      this.#client.json({ method: 'GET', path: `/containers/${pathPart(id)}/json` }, recreationInspectSchema),
    )
    const { Id, Name, Image } = inspect
    const { config, platform } = await this.#imageOf(inspect)
    return { ...blueprintOf(inspect, config), id: Id, name: containerName(Name), imageId: Image, platform }
  }

  /** See {@link createContainer}. */
  create(body: CreateBody, options: CreateOptions): Promise<{ id: string }> {
    return createContainer(this.#client, body, options)
  }

  /** @throws BerthError container.not-found */
  async setRestartPolicy(id: string, policy: RestartPolicy): Promise<void> {
    const path = `/containers/${pathPart(id)}/update`
    await withEngineErrors({ container: id }, () =>
      this.#client.call({ method: 'POST', path, body: { RestartPolicy: policy } }),
    )
  }

  /** The exit code of the container's last run, and the output of its last health check. */
  async lastState(id: string): Promise<{ exitCode: number; healthOutput: string }> {
    const { State } = await withEngineErrors({ container: id }, () =>
      this.#client.json({ method: 'GET', path: `/containers/${pathPart(id)}/json` }, lastStateSchema),
    )
    return { exitCode: State.ExitCode, healthOutput: State.Health?.Log?.at(-1)?.Output ?? '' }
  }

  /** Whether the machine has an image. With a platform, whether the machine has the image for this platform. */
  async hasImage(reference: string, platform: string): Promise<boolean> {
    try {
      const { Os, Architecture } = await this.#client.json(
        { method: 'GET', path: `/images/${encodeURI(reference)}/json` },
        imagePlatformSchema,
      )
      return platform === '' || `${platform}/`.startsWith(`${Os}/${Architecture}/`)
    } catch (error) {
      if (isMissing(error)) return false
      throw engineError(error, { image: reference })
    }
  }

  /** `config` is undefined if the image no longer exists. Its values then count as the container's own. */
  async #imageOf({
    Image,
  }: RecreationInspect): Promise<{ config: ImageConfig | undefined; platform: string }> {
    try {
      const path = `/images/${encodeURI(Image)}/json`
      const image = await this.#client.json({ method: 'GET', path }, imageConfigSchema)
      const { Os = '', Architecture = '', Variant = '' } = image
      const platform = [Os, Architecture, Variant].filter((part) => part !== '').join('/')
      return { config: image.Config ?? undefined, platform: Architecture === '' ? '' : platform }
    } catch (error) {
      if (isMissing(error)) return { config: undefined, platform: '' }
      throw error
    }
  }
}
