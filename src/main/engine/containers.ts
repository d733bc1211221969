import pLimit from 'p-limit'
import type { Container, RunRequest } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import type { LogBatch } from '../../shared/sessions'
import { pathPart, type EngineClient } from './client'
import { withEngineErrors } from './engine-errors'
import { startExec, type ExecOptions, type ExecProcess } from './exec'
import { containerLogs, type LogOptions } from './logs'
import { toContainer } from './mapping'
import { OutputWatches } from './output-watches'
import { containerInspectSchema, containerListSchema, createdSchema, type ContainerInspect } from './schemas'

/** The limit of simultaneous inspect calls. Each call takes a channel of the SSH connection. */
const inspectLimit = 8
const defaultGraceSeconds = 10

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

  /** The engine's own JSON, pretty-printed. */
  async inspect(id: string): Promise<string> {
    return withEngineErrors({ container: id }, async () => {
      const text = await this.#client.text({ method: 'GET', path: `${path(id)}/json` })
      return JSON.stringify(JSON.parse(text), null, 2)
    })
  }

  /**
   * Creates a container without starting it. Also creates the volumes that do not exist yet. The sources of bind mounts
   * are paths in the machine.
   * @throws BerthError container.name-taken, container.no-command, image.not-found, disk.full
   */
  async create(request: RunRequest): Promise<{ id: string }> {
    const { Id } = await withEngineErrors({ image: request.image }, () =>
      this.#client.json(
        {
          method: 'POST',
          path: '/containers/create',
          query: { name: request.name },
          body: createBody(request),
        },
        createdSchema,
      ),
    )
    return { id: Id }
  }

  async start(id: string): Promise<void> {
    await this.watchOutput(id)
    await this.#post(id, 'start')
  }

  /** Sends the container's stop signal (SIGTERM by default), then SIGKILL after `graceSeconds`. */
  async stop(id: string, graceSeconds = defaultGraceSeconds): Promise<void> {
    await this.#post(id, 'stop', { t: graceSeconds })
  }

  async kill(id: string): Promise<void> {
    await this.#post(id, 'kill')
  }

  /** @throws BerthError container.not-found, container.not-running, container.paused, container.restarting */
  async pause(id: string): Promise<void> {
    await this.#post(id, 'pause')
  }

  async unpause(id: string): Promise<void> {
    await this.#post(id, 'unpause')
  }

  async restart(id: string, graceSeconds = defaultGraceSeconds): Promise<void> {
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

  /** Removes a container. `volumes` removes its anonymous volumes too. An active container requires `force`. */
  async remove(id: string, { force, volumes }: { force: boolean; volumes: boolean }): Promise<void> {
    await withEngineErrors({ container: id }, () =>
      this.#client.call({ method: 'DELETE', path: path(id), query: { force, v: volumes } }),
    )
  }

  /** See {@link containerLogs}. */
  async *logs(id: string, options: LogOptions): AsyncGenerator<LogBatch, void, undefined> {
    const { tty } = await this.get(id, options.signal)
    yield* containerLogs(this.#client, this.#watches, { id, tty }, options)
  }

  /** See {@link startExec}. */
  async exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    return startExec(this.#client, id, options)
  }

  async #post(id: string, action: string, query: { t?: number } = {}): Promise<void> {
    await withEngineErrors({ container: id }, () =>
      this.#client.call({ method: 'POST', path: `${path(id)}/${action}`, query }),
    )
  }
}

function path(id: string): string {
  return `/containers/${pathPart(id)}`
}

function createBody(request: RunRequest): object {
  const ports = portMap(request.ports)
  return {
    Image: request.image,
    ...(request.command.length === 0 ? {} : { Cmd: request.command }),
    Env: request.environment.map(({ name, value }) => `${name}=${value}`),
    Tty: request.tty,
    OpenStdin: request.tty,
    ExposedPorts: Object.fromEntries(Object.keys(ports).map((key) => [key, {}])),
    HostConfig: {
      AutoRemove: request.autoRemove,
      PortBindings: ports,
      Mounts: [
        ...request.volumes.map(({ volume, path: target, readOnly }) => ({
          Type: 'volume',
          ...(volume === '' ? {} : { Source: volume }),
          Target: target,
          ReadOnly: readOnly,
        })),
        ...(request.binds ?? []).map(({ hostPath, path: target, readOnly }) => ({
          Type: 'bind',
          Source: hostPath,
          Target: target,
          ReadOnly: readOnly,
        })),
      ],
    },
  }
}

async function ifFound<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof BerthError && error.code === 'container.not-found') return undefined
    throw error
  }
}

type RequestedPorts = Record<string, { HostIp: string; HostPort: string }[]>

function portMap(bindings: PortBinding[]): RequestedPorts {
  const map: RequestedPorts = {}
  for (const { hostIp, hostPort, containerPort, protocol } of bindings) {
    const addresses = (map[`${containerPort}/${protocol}`] ??= [])
    addresses.push({ HostIp: hostIp, HostPort: String(hostPort) })
  }
  return map
}
