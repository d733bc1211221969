import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type {
  ChangeableLimits,
  CurrentLimits,
  IsolationEvent,
  LayerChanges,
  Layers,
  OpenFiles,
  PathOrigin,
  Refusals,
} from '../../shared/isolation'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Emits } from '../lib'
import type { SshLink } from '../ssh'
import { openIsolation, readAnswer, readJson } from './guest-program'
import { changesLineSchema, describeLayers, layerArguments, pathLineSchema } from './layers'
import { openFilesLineSchema } from './process-files'
import { refusalsLineSchema } from './refusals'
import { isolationEvents, runningContainers } from './watch'

export interface IsolationOptions {
  link: Pick<SshLink, 'openCommand' | 'exec'>
  engine: {
    readonly containers: Pick<Engine['containers'], 'get' | 'storage' | 'limits' | 'setLimits'>
    readonly images: Pick<Engine['images'], 'details'>
  }
  state: Pick<EngineState, 'containers' | 'snapshot' | 'refreshContainer'> & Emits<'change', [EngineChange]>
}

/**
 * Shows how the kernel isolates a container: see decision 085. Reads only while somebody looks. Every method also
 * throws BerthError container.not-found, isolation.unsupported, machine.connection-lost and machine.not-running.
 */
export class Isolation {
  readonly #options: IsolationOptions

  constructor(options: IsolationOptions) {
    this.#options = options
  }

  /**
   * Yields the namespaces, the cgroup, the rights and the mounts of a running container, and each of them again when it
   * has changed. Ends when the container stops.
   * @throws BerthError container.not-running
   */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<IsolationEvent, void> {
    const { link, state } = this.#options
    const { id: fullId, pid, name } = await this.#running(id)
    const stream = await openIsolation(link, ['watch', String(pid), fullId], {
      subject: { container: name },
      signal,
    })
    const tell = followContainers(stream, () => runningContainers(state.containers.values()))
    state.on('change', tell)
    try {
      tell()
      yield* untilAborted(isolationEvents(stream), signal)
    } finally {
      state.off('change', tell)
      stream.destroy()
    }
  }

  /**
   * Yields what a process of a running container has open, and again when it has changed. Ends with the process.
   * @throws BerthError container.not-running, container.process-gone
   */
  async *process(
    { id, pid, start }: { id: string; pid: number; start: number },
    signal: AbortSignal,
  ): AsyncGenerator<OpenFiles, void> {
    const { id: fullId, pid: first, name } = await this.#running(id)
    const words = ['process', String(first), fullId, String(pid), String(start)]
    const stream = await openIsolation(this.#options.link, words, {
      subject: { container: name, pid },
      signal,
    })
    yield* untilAborted(readJson(stream, openFilesLineSchema), signal)
  }

  /**
   * Yields what the kernel refuses to a running container from now on, and again when it has changed. Ends after a
   * minute, or when the container stops. Meanwhile, each system call in the machine takes slightly longer.
   * @throws BerthError container.not-running, isolation.no-trace
   */
  async *refusals(id: string, signal: AbortSignal): AsyncGenerator<Refusals, void> {
    const { id: fullId, pid, name } = await this.#running(id)
    const stream = await openIsolation(this.#options.link, ['refusals', String(pid), fullId], {
      subject: { container: name },
      signal,
    })
    yield* untilAborted(readJson(stream, refusalsLineSchema), signal)
  }

  async layers(id: string): Promise<Layers> {
    const { link, engine } = this.#options
    const [{ imageId }, { layers }] = await Promise.all([
      engine.containers.get(id),
      engine.containers.storage(id),
    ])
    const driver = this.#driver
    if (layers === undefined) return { driver, layers: null }
    return { driver, layers: await describeLayers({ link, images: engine.images }, { layers, imageId }) }
  }

  /**
   * Finds the layers that have a path, which is encoded. Nothing is mounted for this, so it works while the container
   * runs and while it does not.
   * @throws BerthError isolation.driver, files.link-refused, files.name-too-long, container.not-running; the signal's
   * reason
   */
  async path(id: string, path: string, signal: AbortSignal): Promise<PathOrigin> {
    const storage = await this.#options.engine.containers.storage(id)
    const words = ['path', ...layerArguments(storage, this.#driver), `path=${path}`]
    return readAnswer(this.#options.link, words, {
      schema: pathLineSchema,
      subject: { container: storage.id.slice(0, 12), path },
      signal,
    })
  }

  /**
   * Lists what a container has changed in its own layer. An abort ends the search in the machine.
   * @throws BerthError isolation.driver, container.not-running; the signal's reason
   */
  async changes(id: string, signal: AbortSignal): Promise<LayerChanges> {
    const storage = await this.#options.engine.containers.storage(id)
    const words = ['changes', ...layerArguments(storage, this.#driver)]
    return readAnswer(this.#options.link, words, {
      schema: changesLineSchema,
      subject: { container: storage.id.slice(0, 12) },
      signal,
    })
  }

  /** The limits that the engine has stored for a container. */
  limits(id: string): Promise<CurrentLimits> {
    return this.#options.engine.containers.limits(id, this.#machineSize)
  }

  /**
   * Changes the limits of a container. A running container keeps running.
   * @throws BerthError isolation.too-many-processors; engine.error with the engine's reason
   */
  async setLimits(id: string, limits: ChangeableLimits): Promise<void> {
    const { engine, state } = this.#options
    const most = this.#machineSize
    if (Math.max(limits.cpus ?? 0, highest(limits.processors) + 1) > most.cpus)
      throw new BerthError('isolation.too-many-processors', { most: most.cpus })
    await engine.containers.setLimits(id, { limits, most })
    await state.refreshContainer(id)
  }

  get #driver(): string {
    return this.#options.state.snapshot()?.engine.storageDriver ?? ''
  }

  /** @throws BerthError engine.unreachable */
  get #machineSize(): { cpus: number; memory: number } {
    const snapshot = this.#options.state.snapshot()
    if (snapshot === undefined) throw new BerthError('engine.unreachable')
    return snapshot.engine
  }

  async #running(id: string): Promise<{ id: string; pid: number; name: string }> {
    const { id: fullId, pid, name } = await this.#options.engine.containers.get(id)
    if (pid === 0) throw new BerthError('container.not-running', { container: name })
    return { id: fullId, pid, name }
  }
}

/** Writes the running containers to the program when they have changed. */
function followContainers(stream: Duplex, read: () => string): () => void {
  let sent = ''
  return () => {
    const now = read()
    if (now === sent || stream.destroyed) return
    sent = now
    stream.write(now)
  }
}

/** Ends without an error when the reader leaves, which destroys the stream. */
async function* untilAborted<T>(
  values: AsyncGenerator<T, void>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  try {
    yield* values
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The highest number of a list of processors. -1 for an empty list. */
function highest(processors: string): number {
  return Math.max(-1, ...processors.split(/[,-]/).filter(Boolean).map(Number))
}
