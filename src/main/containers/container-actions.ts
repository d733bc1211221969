import type { CommitRequest, KillSignal } from '../../shared/container-actions'
import type { RunRequest } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import { withContainerProxy } from '../docker-cli'
import type { Engine, EngineState } from '../engine'
import type { Mounts } from '../mounts'
import type { PortForwarder, PortReservation } from '../ports'
import { portsLabel, type Recorder, recorded, type Timelines } from '../timelines'
import { ignoringMissing, volumesToCreate } from './undo'

export interface ContainerActionsOptions {
  engine: {
    readonly containers: Pick<
      Engine['containers'],
      | 'get'
      | 'create'
      | 'start'
      | 'restart'
      | 'stop'
      | 'kill'
      | 'pause'
      | 'unpause'
      | 'rename'
      | 'commit'
      | 'remove'
    >
    readonly images: Pick<Engine['images'], 'get'>
    readonly volumes: Pick<Engine['volumes'], 'find' | 'remove'>
  }
  state: Pick<EngineState, 'refreshContainer'>
  ports: Pick<PortForwarder, 'reserve'>
  mounts: Pick<Mounts, 'bindSource' | 'beforeStart'>
  /**
   * The Docker CLI's configuration folder, and the engine's address for the Docker CLI. The CLI's config.json may set a
   * proxy for the containers of one engine address.
   */
  dockerCli: { configFolder: string; dockerHost: string }
  /** Without timelines, nothing is recorded. */
  timelines?: Pick<Timelines, 'begin'>
}

/** Runs one step of a run, and reports it. */
export type RunStep = <T>(name: 'create' | 'start', act: () => Promise<T>) => Promise<T>

/** The actions on containers. Before a container starts, Berth opens its host ports and prepares its shared folders. */
export class ContainerActions {
  readonly #options: ContainerActionsOptions

  constructor(options: ContainerActionsOptions) {
    this.#options = options
  }

  /**
   * Creates and starts a container, as `docker run -d` does. If a step fails, Berth undoes the earlier steps: it closes
   * the ports, and removes the container and the new volumes. The caller ends the timeline that it passes.
   * @throws BerthError the errors of `Mounts.bindSource`, `Images.get`, `PortForwarder.reserve`, `Containers.create`
   * and `start`
   */
  async run(
    request: RunRequest,
    step: RunStep = (_name, act) => act(),
    timeline?: Recorder,
  ): Promise<{ id: string }> {
    if (timeline !== undefined) return this.#run(request, step, timeline)
    const about = { kind: 'run', name: request.name, image: request.image } as const
    return recorded(this.#options.timelines, about, (own) => this.#run(request, step, own))
  }

  async #run(request: RunRequest, step: RunStep, timeline: Recorder): Promise<{ id: string }> {
    const { engine, ports, dockerCli } = this.#options
    const complete = await this.#withGuestPaths(await withContainerProxy(request, dockerCli))
    await engine.images.get(request.image)
    const newVolumes = await volumesToCreate(engine.volumes, request)
    // The engine chooses the number of a port 0 at the start.
    const fixedPorts = request.ports.filter(({ hostPort }) => hostPort !== 0)
    const reservation = await this.#reserve(timeline, fixedPorts, () => ports.reserve(fixedPorts))
    let id: string | undefined
    try {
      const create = () => timeline.during('create', () => engine.containers.create(complete))
      const created = (await step('create', create)).id
      id = created
      timeline.created(created)
      await step('start', () => timeline.during('start', () => engine.containers.start(created)))
    } catch (error) {
      await Promise.allSettled([reservation.settle(), this.#discard(id, newVolumes)])
      throw error
    }
    await this.#settle(reservation, id)
    return { id }
  }

  /**
   * @throws BerthError container.not-found, container.start-failed; the errors of `Mounts.beforeStart` and
   * `PortForwarder.reserve`
   */
  start(id: string, sentAt?: number): Promise<void> {
    return recorded(this.#options.timelines, { kind: 'start', sentAt }, (timeline) =>
      this.#withPorts(id, timeline, () => this.#options.engine.containers.start(id)),
    )
  }

  /** Stops and starts a container. Its ports stay reserved in between. Throws the same errors as `start`. */
  restart(id: string, sentAt?: number): Promise<void> {
    return recorded(this.#options.timelines, { kind: 'restart', sentAt }, (timeline) =>
      this.#withPorts(id, timeline, () => this.#options.engine.containers.restart(id)),
    )
  }

  /** See `Containers.stop`. */
  stop(id: string, graceSeconds?: number): Promise<void> {
    return this.#options.engine.containers.stop(id, graceSeconds)
  }

  /** See `Containers.kill`. */
  kill(id: string, signal?: KillSignal): Promise<void> {
    return this.#options.engine.containers.kill(id, signal)
  }

  /** See `Containers.rename`. */
  rename(id: string, name: string): Promise<void> {
    return this.#options.engine.containers.rename(id, name)
  }

  /** See `Containers.commit`. */
  commit(id: string, request: CommitRequest): Promise<{ imageId: string }> {
    return this.#options.engine.containers.commit(id, request)
  }

  /** See `Containers.pause`. */
  pause(id: string): Promise<void> {
    return this.#options.engine.containers.pause(id)
  }

  unpause(id: string): Promise<void> {
    return this.#options.engine.containers.unpause(id)
  }

  /**
   * See `Containers.remove`. After an edit, a container mounts its anonymous volumes by their names, and the engine
   * keeps them. So `volumes` also removes the anonymous volumes that no other container uses.
   */
  async remove(id: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    const { containers } = this.#options.engine
    const mounts = options.volumes ? (await containers.get(id)).mounts : []
    await containers.remove(id, options)
    const names = mounts.filter(({ type }) => type === 'volume').map(({ source }) => source)
    for (const name of new Set(names)) await this.#removeAnonymous(name)
  }

  async #removeAnonymous(name: string): Promise<void> {
    const { volumes } = this.#options.engine
    if ((await volumes.find(name))?.anonymous !== true) return
    try {
      await ignoringMissing(() => volumes.remove(name))
    } catch (error) {
      if (!(error instanceof BerthError && error.code === 'volume.in-use')) throw error
    }
  }

  /**
   * Replaces host paths with paths in the machine, because the engine looks for the source of a bind mount in the
   * machine.
   */
  async #withGuestPaths(request: RunRequest): Promise<RunRequest> {
    const { mounts } = this.#options
    if (!request.binds) return request
    const binds = await Promise.all(
      request.binds.map(async (bind) => ({ ...bind, hostPath: await mounts.bindSource(bind.hostPath) })),
    )
    return { ...request, binds }
  }

  async #withPorts(id: string, timeline: Recorder, action: () => Promise<void>): Promise<void> {
    const { engine, ports, mounts } = this.#options
    const container = await engine.containers.get(id)
    timeline.created(container.id)
    await mounts.beforeStart(() => Promise.resolve(container.mounts))
    const reserve = () => ports.reserve(container.ports, container.id)
    const reservation = await this.#reserve(timeline, container.ports, reserve)
    try {
      await timeline.during('start', action)
    } finally {
      await this.#settle(reservation, container.id)
    }
  }

  /** Reserves ports, and records it if there are any. */
  #reserve(
    timeline: Recorder,
    bindings: Parameters<PortForwarder['reserve']>[0],
    reserve: () => Promise<PortReservation>,
  ): Promise<PortReservation> {
    return bindings.length === 0 ? reserve() : timeline.during('reserve', reserve, portsLabel(bindings))
  }

  /**
   * Refreshes the engine state, then ends the reservation. In the opposite order, Berth would close the ports again,
   * because the state does not show the container as running yet.
   */
  async #settle(reservation: PortReservation, id: string): Promise<void> {
    await this.#options.state.refreshContainer(id)
    await reservation.settle()
  }

  /** Removes a container that did not start, and the volumes that Berth created for it. */
  async #discard(id: string | undefined, newVolumes: string[]): Promise<void> {
    const { containers, volumes } = this.#options.engine
    if (id !== undefined) await ignoringMissing(() => containers.remove(id, { force: true, volumes: true }))
    for (const volume of newVolumes) await ignoringMissing(() => volumes.remove(volume))
  }
}
