import { z } from 'zod'
import type { EngineInfo } from '../../shared/engine'
import type { LoginRequest } from '../../shared/registries'
import { delay } from '../lib'
import { connectionError, EngineClient, EngineResponseError, type UnixSocketOpener } from './client'
import { Containers } from './containers'
import { EngineDisk } from './disk-usage'
import { registryError, typed } from './engine-errors'
import { Images } from './images'
import { checkLogin, loginHeaders, type PullLogin } from './registry-login'
import { jsonLines } from './json-lines'
import { eventSchema, infoSchema, versionSchema } from './schemas'
import { servicePorts, type ServicePorts } from './services'
import { Volumes } from './volumes'

export type DockerEvent = z.infer<typeof eventSchema>

/** How soon an engine that is still starting is asked again, in milliseconds. */
const startingPollMilliseconds = 100

/** The Docker Engine in the machine, over the SSH link. Every failure is a BerthError. */
export class Engine {
  readonly containers: Containers
  readonly images: Images
  readonly volumes: Volumes
  readonly disk: EngineDisk
  readonly #client: EngineClient

  constructor({ link }: { link: UnixSocketOpener }) {
    this.#client = new EngineClient(link)
    this.containers = new Containers(this.#client)
    this.images = new Images(this.#client)
    this.volumes = new Volumes(this.#client)
    this.disk = new EngineDisk(this.#client)
  }

  /** Requests of Berth's own that are under way, without its standing subscription to events. */
  get inFlight(): number {
    return this.#client.inFlight
  }

  /** Resolves when the engine answers. */
  async ping(signal?: AbortSignal): Promise<void> {
    await typed({}, () => this.#client.call({ method: 'GET', path: '/_ping', signal }))
  }

  /** Waits until the engine answers; the signal is the only bound. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.ping(signal)
        return
      } catch (error) {
        if (signal.aborted) throw error
        await delay(startingPollMilliseconds, signal)
      }
    }
  }

  async info(signal?: AbortSignal): Promise<EngineInfo> {
    return typed({}, async () => {
      const [version, info] = await Promise.all([
        this.#client.json({ method: 'GET', path: '/version', signal }, versionSchema),
        this.#client.json({ method: 'GET', path: '/info', signal }, infoSchema),
      ])
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        kernel: version.KernelVersion,
        os: info.OperatingSystem,
        architecture: version.Arch,
        cgroupVersion: info.CgroupVersion ?? '1',
        storageDriver: info.Driver,
        cpus: info.NCPU,
        memory: info.MemTotal,
      }
    })
  }

  /**
   * Asks a registry for an image without pulling it.
   * @throws BerthError registry.*, engine.unreachable
   */
  async probeRegistry(reference: string, signal: AbortSignal, login: PullLogin = {}): Promise<void> {
    const headers = loginHeaders(login)
    try {
      const path = `/distribution/${encodeURI(reference)}/json`
      await this.#client.call({ method: 'GET', path, headers, signal })
    } catch (error) {
      if (error instanceof EngineResponseError) throw registryError(error.message, reference)
      throw connectionError(error)
    }
  }

  /** See {@link checkLogin}. */
  checkLogin(request: LoginRequest, server: string): Promise<string | undefined> {
    return checkLogin(this.#client, request, server)
  }

  /** Whether containers go on when dockerd ends (live-restore). */
  async keepsContainers(): Promise<boolean> {
    const info = await typed({}, () =>
      this.#client.json({ method: 'GET', path: '/info' }, z.object({ LiveRestoreEnabled: z.boolean() })),
    )
    return info.LiveRestoreEnabled
  }

  /** See {@link servicePorts}. */
  services(signal?: AbortSignal): Promise<ServicePorts[]> {
    return servicePorts(this.#client, signal)
  }

  /** Resolves once the engine reports events; they end when the engine stops or the connection breaks. */
  async events(signal: AbortSignal): Promise<AsyncIterable<DockerEvent>> {
    const response = await typed({}, () =>
      this.#client.stream({ method: 'GET', path: '/events', signal, standing: true }),
    )
    return parsedEvents(response)
  }

  /** Closes the connections that are kept open between calls. */
  close(): void {
    this.#client.close()
  }
}

async function* parsedEvents(stream: AsyncIterable<unknown>): AsyncGenerator<DockerEvent, void, undefined> {
  try {
    for await (const values of jsonLines(stream)) for (const value of values) yield eventSchema.parse(value)
  } catch (error) {
    throw connectionError(error)
  }
}
