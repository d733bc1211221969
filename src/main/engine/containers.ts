import type { Readable } from 'node:stream'
import pLimit from 'p-limit'
import type { ContainerDetails } from '../../shared/container-details'
import type { ChangeableLimits, CurrentLimits } from '../../shared/isolation'
import type { MachineSize } from '../../shared/limits-update'
import type { CommitRequest, KillSignal, StoppedContainer } from '../../shared/container-actions'
import type { Container, RunRequest } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import type { LogBatch } from '../../shared/sessions'
import { attachContainer, type AttachedContainer } from './attach'
import { pathPart, type EngineClient } from './client'
import { containerDetailsAnswerSchema, toContainerDetails } from './container-details'
import { changeLimits, readLimits } from './container-limits'
import { containerSetupSchema, toContainerSetup, type ContainerSetup } from './container-setup'
import { containerUsageSchema, toContainerUsage, type ContainerUsage } from './container-usage'
import { containerStorage, type ContainerStorage } from './container-storage'
import { findContainerProcess, type ContainerProcess } from './container-process'
import { newContainerBody } from './create-body'
import { createContainer } from './create-container'
import { commitContainer } from './commit'
import { isBeingRemoved, isMissing, withEngineErrors } from './engine-errors'
import { firstOutput } from './first-output'
import { startExec, type ExecOptions, type ExecProcess } from './exec'
import { containerLogs, type LogOptions } from './logs'
import { toContainer } from './mapping'
import { OpenLineWatch, type OpenLine } from './open-line-watch'
import { OutputWatches } from './output-watches'
import {
  containerInspectSchema,
  containerListSchema,
  logDriverSchema,
  type ContainerInspect,
} from './schemas'
import { stoppedContainers } from './stopped-containers'

/** The limit of simultaneous inspect calls. Each call takes a channel of the SSH connection. */
const inspectLimit = 8

/** The ports that a container publishes after its start. */
export interface Publishing {
  id: string
  /** The ports whose numbers are known before the start. */
  ports: PortBinding[]
  /** True if the container publishes any port, even one whose number the engine chooses at the start. */
  publishes: boolean
}

/**
 * The engine's containers. Each method accepts a name in place of an id. Every error is a BerthError, except the
 * AbortError after an abort.
 */
export class Containers {
  readonly #client: EngineClient
  readonly #inspects = pLimit(inspectLimit)
  readonly #watches: OutputWatches

  constructor(client: EngineClient) {
    this.#client = client
    this.#watches = new OutputWatches(client)
  }

  /** Every container, running or not, except those that are removed during the call. */
  async list(signal?: AbortSignal): Promise<Container[]> {
    const entries = await withEngineErrors({}, () =>
      this.#client.json(
        { method: 'GET', path: '/containers/json', query: { all: true }, signal },
        containerListSchema,
      ),
    )
    const containers = await Promise.all(entries.map(({ Id }) => this.find(Id, signal)))
    return containers.filter((container) => container !== undefined)
  }

  /** Undefined if there is no such container. */
  find(id: string, signal?: AbortSignal): Promise<Container | undefined> {
    return ifFound(this.get(id, signal))
  }

  async get(id: string, signal?: AbortSignal): Promise<Container> {
    return toContainer(await this.#read(id, signal))
  }

  /** The ports that a container publishes after its start. Undefined if there is no such container. */
  async findPublishing(id: string): Promise<Publishing | undefined> {
    const inspect = await ifFound(this.#read(id))
    if (inspect === undefined) return undefined
    const { PortBindings, PublishAllPorts } = inspect.HostConfig
    const asksForPorts = Object.values(PortBindings).some((addresses) => (addresses ?? []).length > 0)
    return {
      id: inspect.Id,
      ports: toContainer(inspect).ports,
      publishes: PublishAllPorts === true || asksForPorts,
    }
  }

  #read(id: string, signal?: AbortSignal): Promise<ContainerInspect> {
    const request = { method: 'GET', path: `${path(id)}/json`, signal } as const
    return this.#inspects(() =>
      withEngineErrors({ container: id }, () => this.#client.json(request, containerInspectSchema)),
    )
  }

  /** See {@link toContainerDetails}. */
  async details(id: string, hostPath: (source: string) => string | undefined): Promise<ContainerDetails> {
    const answer = await withEngineErrors({ container: id }, () =>
      this.#client.json({ method: 'GET', path: `${path(id)}/json` }, containerDetailsAnswerSchema),
    )
    return toContainerDetails(answer, hostPath)
  }

  /**
   * How a container has been set up. Undefined if there is no such container. A background call neither wakes the
   * machine nor keeps it awake.
   */
  async setup(id: string, { background }: { background: boolean }): Promise<ContainerSetup | undefined> {
    const request = { method: 'GET', path: `${path(id)}/json`, background } as const
    const answer = await ifFound(
      this.#inspects(() =>
        withEngineErrors({ container: id }, () => this.#client.json(request, containerSetupSchema)),
      ),
    )
    return answer && toContainerSetup(answer)
  }

  /** What a container has used since its start. */
  async usage(id: string, signal?: AbortSignal): Promise<ContainerUsage> {
    const query = { stream: false, 'one-shot': true }
    const request = { method: 'GET', path: `${path(id)}/stats`, query, signal } as const
    return toContainerUsage(
      await withEngineErrors({ container: id }, () => this.#client.json(request, containerUsageSchema)),
    )
  }

  /** The engine's own JSON, pretty-printed. */
  async inspect(id: string): Promise<string> {
    return withEngineErrors({ container: id }, async () => {
      const text = await this.#client.text({ method: 'GET', path: `${path(id)}/json` })
      return JSON.stringify(JSON.parse(text), null, 2)
    })
  }

  /** See {@link containerStorage}. */
  storage(id: string): Promise<ContainerStorage> {
    return containerStorage(this.#client, id)
  }

  /** See {@link readLimits}. */
  limits(id: string, most: MachineSize): Promise<CurrentLimits> {
    return readLimits(this.#client, id, most)
  }

  /** See {@link changeLimits}. */
  setLimits(id: string, change: { limits: ChangeableLimits; most: MachineSize }): Promise<void> {
    return changeLimits(this.#client, id, change)
  }

  /** See {@link createContainer}. The sources of bind mounts are paths in the machine. */
  create(request: RunRequest): Promise<{ id: string }> {
    return createContainer(this.#client, newContainerBody(request), request)
  }

  async start(id: string): Promise<void> {
    await this.watchOutput(id)
    await this.#post(id, 'start')
  }

  /**
   * Sends the container's stop signal (SIGTERM by default), then SIGKILL after `graceSeconds`. Without `graceSeconds`,
   * the container's own stop timeout applies (10 seconds by default).
   */
  async stop(id: string, graceSeconds?: number): Promise<void> {
    await this.#post(id, 'stop', { t: graceSeconds })
  }

  /** Sends a signal to the container's main process. */
  async kill(id: string, signal: KillSignal = 'SIGKILL'): Promise<void> {
    await this.#post(id, 'kill', { signal })
  }

  /** @throws BerthError container.not-found, container.name-taken */
  async rename(id: string, name: string): Promise<void> {
    await this.#post(id, 'rename', { name })
  }

  /** @throws BerthError container.not-found, container.not-running, container.paused, container.restarting */
  async pause(id: string): Promise<void> {
    await this.#post(id, 'pause')
  }

  async unpause(id: string): Promise<void> {
    await this.#post(id, 'unpause')
  }

  /** Stops a container like {@link stop}, and starts it again. */
  async restart(id: string, graceSeconds?: number): Promise<void> {
    await this.watchOutput(id)
    await this.#post(id, 'restart', { t: graceSeconds })
  }

  /**
   * Begins to watch a container's output (see {@link OutputWatches}). Wait for the promise before another client starts
   * or restarts the container.
   */
  watchOutput(id: string): Promise<void> {
    return this.#watches.begin(id)
  }

  /**
   * Removes a container. `volumes` removes its anonymous volumes too. An active container requires `force`. If the
   * engine is already removing the container, waits until it is gone.
   */
  async remove(id: string, { force, volumes }: { force: boolean; volumes: boolean }): Promise<void> {
    await withEngineErrors({ container: id }, async () => {
      try {
        await this.#client.call({ method: 'DELETE', path: path(id), query: { force, v: volumes } })
      } catch (error) {
        if (!isBeingRemoved(error)) throw error
        await this.#untilRemoved(id)
      }
    })
  }

  async #untilRemoved(id: string): Promise<void> {
    try {
      await this.#client.call({ method: 'POST', path: `${path(id)}/wait`, query: { condition: 'removed' } })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  /** See {@link stoppedContainers}. */
  stopped(): Promise<StoppedContainer[]> {
    return stoppedContainers(this.#client)
  }

  /** See {@link commitContainer}. */
  commit(id: string, request: CommitRequest): Promise<{ imageId: string }> {
    return commitContainer(this.#client, id, request)
  }

  /**
   * All files of a container as a tar archive, without the content of its volumes. The caller must read or destroy the
   * stream.
   * @throws BerthError container.not-found
   */
  async export(id: string, signal?: AbortSignal): Promise<Readable> {
    return withEngineErrors({ container: id }, () =>
      this.#client.stream({ method: 'GET', path: `${path(id)}/export`, signal }),
    )
  }

  /** See {@link attachContainer}. */
  async attach(id: string): Promise<AttachedContainer> {
    const { tty } = await this.get(id)
    return attachContainer(this.#client, { id, tty })
  }

  /** See {@link containerLogs}. */
  async *logs(id: string, options: LogOptions): AsyncGenerator<LogBatch, void, undefined> {
    const { tty } = await this.get(id, options.signal)
    yield* containerLogs(this.#client, this.#watches, { id, tty }, options)
  }

  /** See {@link firstOutput}. */
  firstOutput(id: string, options: { since: number; signal: AbortSignal }): Promise<number | undefined> {
    return firstOutput(this.#client, id, options)
  }

  /** The name of the container's log driver. Undefined if there is no such container. */
  logDriver(id: string): Promise<string | undefined> {
    const request = { method: 'GET', path: `${path(id)}/json` } as const
    const read = withEngineErrors({ container: id }, () => this.#client.json(request, logDriverSchema))
    return ifFound(read.then(({ HostConfig }) => HostConfig.LogConfig.Type))
  }

  /** Reports the unfinished lines of a container until the watch is released. See {@link OutputWatches}. */
  watchOpenLines(id: string, changed: (line: OpenLine) => void): OpenLineWatch {
    return new OpenLineWatch(this.#watches, id, changed)
  }

  /** See {@link startExec}. */
  async exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    return startExec(this.#client, id, options)
  }

  /** See {@link findContainerProcess}. */
  process(id: string): Promise<ContainerProcess> {
    return findContainerProcess(this.#client, id)
  }

  async #post(
    id: string,
    action: string,
    query: { t?: number | undefined; signal?: string; name?: string } = {},
  ): Promise<void> {
    await withEngineErrors({ container: id }, () =>
      this.#client.call({ method: 'POST', path: `${path(id)}/${action}`, query }),
    )
  }
}

function path(id: string): string {
  return `/containers/${pathPart(id)}`
}

async function ifFound<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof BerthError && error.code === 'container.not-found') return undefined
    throw error
  }
}
