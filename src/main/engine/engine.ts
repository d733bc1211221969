import type { EngineInfo } from '../../shared/engine'
import type { LoginRequest } from '../../shared/registries'
import type { EngineParts } from '../../shared/stack'
import { delay } from '../lib'
import { connectionError, EngineClient, EngineResponseError, type UnixSocketOpener } from './client'
import { Containers } from './containers'
import { EngineDisk } from './disk-usage'
import { registryError, withEngineErrors } from './engine-errors'
import { engineParts } from './engine-parts'
import { Images } from './images'
import { checkLogin, loginHeaders, type PullLogin } from './registry-login'
import { dockerEvents, type DockerEvent } from './events'
import { Networks } from './networks'
import { Recreation } from './recreation'
import { registryDigest } from './registry-digest'
import { infoSchema, modesSchema, versionSchema } from './schemas'
import { swarmServicePorts, type SwarmServicePorts } from './swarm-services'
import { Volumes } from './volumes'

/** Milliseconds between two pings of a starting engine. Berth has to poll: the engine does not report its readiness. */
const startingPollMs = 100

/** The Docker Engine in the machine, over the SSH link. Every error is a BerthError, except after an abort. */
export class Engine {
  readonly containers: Containers
  readonly images: Images
  readonly volumes: Volumes
  readonly networks: Networks
  readonly disk: EngineDisk
  readonly recreation: Recreation
  readonly #client: EngineClient

  constructor({ link }: { link: UnixSocketOpener }) {
    this.#client = new EngineClient(link)
    this.containers = new Containers(this.#client)
    this.images = new Images(this.#client)
    this.volumes = new Volumes(this.#client)
    this.networks = new Networks(this.#client)
    this.disk = new EngineDisk(this.#client)
    this.recreation = new Recreation(this.#client)
  }

  /** The number of Berth's own requests in progress. The subscription to events is not counted. */
  get inFlight(): number {
    return this.#client.inFlight
  }

  async ping(signal?: AbortSignal): Promise<void> {
    await withEngineErrors({}, () => this.#client.call({ method: 'GET', path: '/_ping', signal }))
  }

  /** Waits until the engine answers. Asks again after every error, until the signal is aborted. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.ping(signal)
        return
      } catch (error) {
        if (signal.aborted) throw error
        await delay(startingPollMs, signal)
      }
    }
  }

  async info(signal?: AbortSignal): Promise<EngineInfo> {
    return withEngineErrors({}, async () => {
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

  /** See {@link engineParts}. */
  parts(signal?: AbortSignal): Promise<EngineParts> {
    return engineParts(this.#client, signal)
  }

  /**
   * Asks a registry about an image, and does not pull the image.
   * @throws BerthError registry.*, image.reference-invalid; the BerthErrors of {@link EngineClient}
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

  /** See {@link registryDigest}. */
  registryDigest(reference: string, signal: AbortSignal, login: PullLogin = {}): Promise<string> {
    return registryDigest(this.#client, reference, { login, signal })
  }

  /** See {@link checkLogin}. */
  checkLogin(request: LoginRequest, server: string): Promise<string | undefined> {
    return checkLogin(this.#client, request, server)
  }

  /** True if containers keep running when dockerd ends (live-restore). */
  async keepsContainers(): Promise<boolean> {
    return (await this.#modes()).LiveRestoreEnabled
  }

  /** True if the engine belongs to a swarm. dockerd then does not start with the option live-restore. */
  async isInSwarm(): Promise<boolean> {
    return (await this.#modes()).Swarm.LocalNodeState !== 'inactive'
  }

  #modes() {
    return withEngineErrors({}, () => this.#client.json({ method: 'GET', path: '/info' }, modesSchema))
  }

  /** See {@link swarmServicePorts}. */
  swarmServices(signal?: AbortSignal): Promise<SwarmServicePorts[]> {
    return swarmServicePorts(this.#client, signal)
  }

  /** Resolves when the event stream is open. The stream ends when the engine stops or the connection breaks. */
  async events(signal: AbortSignal): Promise<AsyncIterable<DockerEvent>> {
    const response = await withEngineErrors({}, () =>
      this.#client.stream({ method: 'GET', path: '/events', signal, background: true }),
    )
    return dockerEvents(response)
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.close()
  }
}
