import { posix } from 'node:path'
import { composeLabels } from '../../shared/compose'
import { type Container, isActive } from '../../shared/containers'
import type { PortBinding } from '../../shared/ports'
import { baseImages } from '../builds'
import type { EngineState } from '../engine'
import { readTextFile } from '../host'
import { bindSource, type Mounts } from '../mounts'
import type { PortForwarder, PortReservation } from '../ports'
import {
  bindingsOf,
  buildFolders,
  type ComposeModel,
  dockerfilesOf,
  imagesOf,
  withFreePorts,
  withPlaces,
} from './model'

export interface PreparationOptions {
  state: Pick<EngineState, 'containers' | 'refreshContainer'>
  mounts: Pick<Mounts, 'currentBindContext' | 'beforeStart' | 'hostPath' | 'sharedFile'>
  ports: Pick<PortForwarder, 'reserve' | 'freePart'>
}

/** What an action needs before compose may run. */
export interface Prepared {
  /** A further compose file, with the places in the machine of mounted files, and with usable ranges of ports. */
  override: string | undefined
  /** The images for which compose may need a login. */
  images: string[]
  /** Ends the reservation of the ports. Further calls do nothing. */
  settle: () => Promise<void>
}

/**
 * Checks and prepares what Berth's docker socket checks and prepares for other clients: mounted folders, and ports of
 * this computer. Compose in the machine does not use this socket.
 */
export class Preparation {
  readonly #options: PreparationOptions

  constructor(options: PreparationOptions) {
    this.#options = options
  }

  /**
   * Prepares the services of a model. If `creates` is false, no container will be created.
   * @throws BerthError the errors of the function `bindSource`, `Mounts.beforeStart`, `PortForwarder.reserve` and
   * `PortForwarder.freePart`
   */
  async ofModel(name: string, model: ComposeModel, { creates }: { creates: boolean }): Promise<Prepared> {
    const { mounts } = this.#options
    const context = await mounts.currentBindContext()
    for (const folder of buildFolders(model)) await bindSource(folder, context)
    const images = [...imagesOf(model), ...(await this.#baseImages(model))]
    if (!creates) return { override: undefined, images, settle: () => Promise.resolve() }
    const ranges = await withFreePorts(model, (range) => this.#options.ports.freePart(range))
    const override = await withPlaces(model, (written) => bindSource(written, context), ranges)
    const existing = this.#containers(name)
    await mounts.beforeStart(() => Promise.resolve(existing.flatMap((container) => container.mounts)))
    const published = new Set(existing.filter(isActive).flatMap(({ ports }) => ports.map(portKey)))
    const bindings = bindingsOf(model).filter((binding) => !published.has(portKey(binding)))
    const reservation = await this.#options.ports.reserve(bindings)
    return { override, images, settle: this.#settling(name, [reservation]) }
  }

  /**
   * Prepares the start of existing containers. No services means all.
   * @throws BerthError the errors of `Mounts.beforeStart` and `PortForwarder.reserve`
   */
  async ofContainers(name: string, services: readonly string[]): Promise<Pick<Prepared, 'settle'>> {
    const { mounts, ports } = this.#options
    const containers = this.#containers(name).filter(
      ({ labels }) => services.length === 0 || services.includes(labels[composeLabels.service] ?? ''),
    )
    await mounts.beforeStart(() => Promise.resolve(containers.flatMap((container) => container.mounts)))
    const reservations: PortReservation[] = []
    const settle = this.#settling(name, reservations)
    try {
      for (const container of containers)
        reservations.push(await ports.reserve(container.ports, container.id))
    } catch (error) {
      await settle()
      throw error
    }
    return { settle }
  }

  #containers(name: string): Container[] {
    return [...this.#options.state.containers.values()].filter(
      ({ labels }) => labels[composeLabels.project] === name,
    )
  }

  /**
   * Refreshes the engine's state, and then ends the reservations. In the opposite order, Berth would close the ports
   * again, because the state does not show the containers as running yet.
   */
  #settling(name: string, reservations: PortReservation[]): () => Promise<void> {
    return async () => {
      const ending = reservations.splice(0)
      if (ending.length === 0) return
      await Promise.all(this.#containers(name).map(({ id }) => this.#options.state.refreshContainer(id)))
      await Promise.all(ending.map((reservation) => reservation.settle()))
    }
  }

  /**
   * The base images of the Dockerfiles. Leaves out a file that is not shared, is no text file, or cannot be read.
   * Compose will report it if the build needs the file.
   */
  async #baseImages(model: ComposeModel): Promise<string[]> {
    const { mounts } = this.#options
    const texts = await Promise.all(
      dockerfilesOf(model).map(async ({ inline, context, path }) => {
        if (inline !== undefined) return inline
        try {
          const file = await mounts.sharedFile(mounts.hostPath(posix.resolve(context, path)))
          return (await readTextFile(file.path)).text
        } catch {
          return ''
        }
      }),
    )
    return texts.flatMap(baseImages)
  }
}

function portKey({ hostPort, protocol }: PortBinding): string {
  return `${hostPort}/${protocol}`
}
