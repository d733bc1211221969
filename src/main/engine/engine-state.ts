import { EventEmitter, setMaxListeners } from 'node:events'
import { backoff } from '../../shared/backoff'
import type { Container } from '../../shared/containers'
import type { EngineEvent, EngineInfo } from '../../shared/engine'
import type { Image } from '../../shared/images'
import type { Network } from '../../shared/networks'
import { isSwarmTask } from '../../shared/swarm'
import type { Volume } from '../../shared/volumes'
import type { Logger } from '../host'
import { delay, type Emits } from '../lib'
import type { SshLink } from '../ssh'
import type { Engine } from './engine'
import { changedObjects, type DockerEvent, type ObjectKey } from './events'
import { Refresher } from './refresher'
import type { SwarmServicePorts } from './swarm-services'

export interface EngineStateOptions {
  engine: Engine
  link: Pick<SshLink, 'isUp'> & Emits<'up'>
  log: Logger
}

/** The lists and facts that Berth reads when an event stream begins. */
interface Listed {
  info: EngineInfo
  containers: Container[]
  images: Image[]
  volumes: Volume[]
  networks: Network[]
  swarmServices: SwarmServicePorts[]
}

/** The whole engine state as one event. */
export type EngineSnapshot = Omit<Extract<EngineEvent, { type: 'snapshot' }>, 'forwards'>

/** A snapshot for each new connection, then one event for each object that has changed. */
export type EngineChange = EngineSnapshot | Exclude<EngineEvent, { type: 'snapshot' | 'forwards' }>

interface EngineStateEvents {
  change: [EngineChange]
  /** The containers or the swarm services have changed. Their published ports may have changed too. */
  publishing: []
  /** The engine has reported an event. */
  reported: [DockerEvent]
}

/** The waits between two attempts while the link is up but the engine does not answer. */
const retryWait = { firstMs: 50, longestMs: 2000 }

/**
 * A copy of the engine's containers, images, volumes and networks. After each engine event, Berth inspects only the
 * objects that the event may have changed. Berth lists everything only when an event stream begins.
 */
export class EngineState extends EventEmitter<EngineStateEvents> {
  readonly #options: EngineStateOptions
  readonly #containers = new Map<string, Container>()
  readonly #images = new Map<string, Image>()
  readonly #volumes = new Map<string, Volume>()
  readonly #networks = new Map<string, Network>()
  #swarmServices: SwarmServicePorts[] = []
  #info: EngineInfo | undefined
  #refresher: Refresher | undefined
  #run: AbortController | undefined

  constructor(options: EngineStateOptions) {
    super()
    this.#options = options
  }

  get containers(): ReadonlyMap<string, Container> {
    return this.#containers
  }

  get images(): ReadonlyMap<string, Image> {
    return this.#images
  }

  get volumes(): ReadonlyMap<string, Volume> {
    return this.#volumes
  }

  get networks(): ReadonlyMap<string, Network> {
    return this.#networks
  }

  /** The ports of swarm services. */
  get swarmServices(): readonly SwarmServicePorts[] {
    return this.#swarmServices
  }

  /** True while the engine can be reached. */
  get isOnline(): boolean {
    return this.#info !== undefined
  }

  /** Follows the engine until `stop`, and reconnects if the connection breaks. */
  start(): void {
    if (this.#run !== undefined) return
    const run = new AbortController()
    this.#run = run
    void this.#keepFollowing(run.signal)
  }

  stop(): void {
    this.#run?.abort()
    this.#run = undefined
    this.#goOffline()
  }

  /** The whole engine state. Undefined while the engine cannot be reached. */
  snapshot(): EngineSnapshot | undefined {
    if (this.#info === undefined) return undefined
    return {
      type: 'snapshot',
      engine: this.#info,
      containers: [...this.#containers.values()],
      images: [...this.#images.values()],
      volumes: [...this.#volumes.values()],
      networks: [...this.#networks.values()],
    }
  }

  /**
   * Inspects a container. When this resolves, the engine state is at least as new as the call. If the inspection fails,
   * Berth only logs the error. Does nothing while the engine cannot be reached.
   */
  async refreshContainer(id: string): Promise<void> {
    await this.#refresher?.request(`container:${id}`)
  }

  async #keepFollowing(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const follow = new AbortController()
      const following = AbortSignal.any([signal, follow.signal])
      // Every inspect call adds a listener to the signal. Node would warn about more than ten.
      setMaxListeners(0, following)
      try {
        await this.#follow(following)
      } catch (error) {
        this.#options.log.info({ reason: String(error) }, 'the engine’s events ended')
      }
      follow.abort()
      if (signal.aborted) return
      if (this.#goOffline()) attempt = 0
      await this.#pause(backoff(attempt, retryWait), signal)
    }
  }

  /** Follows one event stream to its end. Subscribes before it lists the objects, so that it misses no event. */
  async #follow(signal: AbortSignal): Promise<void> {
    const events = await this.#options.engine.events(signal)
    const missed = new Set<ObjectKey>()
    const refresher = new Refresher((key) => this.#refresh(key as ObjectKey, signal))
    let take = (key: ObjectKey): void => void missed.add(key)
    const reading = (async () => {
      for await (const event of events) {
        this.emit('reported', event)
        for (const key of changedObjects(event, this.#volumes.keys())) take(key)
      }
    })()
    const ended = reading.then(() => Promise.reject(new Error('the event stream ended')))
    this.#fill(await Promise.race([this.#list(signal), ended]))
    this.#refresher = refresher
    take = (key) => void refresher.request(key)
    const snapshot = this.snapshot()
    if (snapshot !== undefined) this.emit('change', snapshot)
    this.emit('publishing')
    for (const key of missed) void refresher.request(key)
    await reading
  }

  async #list(signal: AbortSignal): Promise<Listed> {
    const { engine } = this.#options
    const [info, containers, images, volumes, networks] = await Promise.all([
      engine.info(signal),
      engine.containers.list(signal),
      engine.images.list(signal),
      engine.volumes.list(signal),
      engine.networks.list(signal),
    ])
    const swarmServices = containers.some(isSwarmTask) ? await engine.swarmServices(signal) : []
    signal.throwIfAborted()
    return { info, containers, images, volumes, networks, swarmServices }
  }

  #fill({ info, containers, images, volumes, networks, swarmServices }: Listed): void {
    this.#info = info
    this.#swarmServices = swarmServices
    fill(this.#containers, containers, ({ id }) => id)
    fill(this.#images, images, ({ id }) => id)
    fill(this.#volumes, volumes, ({ name }) => name)
    fill(this.#networks, networks, ({ id }) => id)
  }

  async #refresh(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const colon = key.indexOf(':')
    const [kind, id] = [key.slice(0, colon), key.slice(colon + 1)]
    try {
      if (kind === 'container') await this.#refreshContainer(id, signal)
      else if (kind === 'image') await this.#refreshImage(id, signal)
      else if (kind === 'volume') await this.#refreshVolume(id, signal)
      else if (kind === 'network') await this.#refreshNetwork(id, signal)
      else await this.#refreshSwarmServices(signal)
    } catch (error) {
      if (!signal.aborted)
        this.#options.log.warn({ error: String(error), object: key }, 'could not inspect an object')
    }
  }

  async #refreshContainer(id: string, signal: AbortSignal): Promise<void> {
    const container = await this.#options.engine.containers.find(id, signal)
    if (signal.aborted) return
    if (container === undefined) {
      if (!this.#containers.delete(id)) return
      this.emit('change', { type: 'container-removed', id })
    } else {
      if (!put(this.#containers, container.id, container)) return
      this.emit('change', { type: 'container', container })
    }
    this.emit('publishing')
  }

  async #refreshImage(reference: string, signal: AbortSignal): Promise<void> {
    const image = await this.#options.engine.images.find(reference, signal)
    if (signal.aborted) return
    if (image === undefined) {
      if (this.#images.delete(reference)) this.emit('change', { type: 'image-removed', id: reference })
      else this.#refreshTagOwners([reference])
      return
    }
    const isNew = !this.#images.has(image.id)
    if (put(this.#images, image.id, image)) this.emit('change', { type: 'image', image })
    this.#refreshTagOwners(image.tags, image.id)
    if (isNew || image.tags.length === 0) await this.#dropSteps(signal)
  }

  /**
   * Removes the images of the old builder's steps. The engine reports each of them as a new image. Its list leaves them
   * out once another image is based on them.
   */
  async #dropSteps(signal: AbortSignal): Promise<void> {
    const untagged = [...this.#images.values()].filter(({ tags }) => tags.length === 0)
    if (untagged.length === 0) return
    const listed = new Set((await this.#options.engine.images.list(signal)).map(({ id }) => id))
    if (signal.aborted) return
    for (const { id } of untagged) {
      // The image may have got a tag in the meantime.
      if (listed.has(id) || this.#images.get(id)?.tags.length !== 0) continue
      this.#images.delete(id)
      this.emit('change', { type: 'image-removed', id })
    }
  }

  /**
   * If a tag moves to another image, the engine reports only the new image. So this method inspects the tag's old image
   * too.
   */
  #refreshTagOwners(tags: string[], newOwner?: string): void {
    for (const image of this.#images.values())
      if (image.id !== newOwner && image.tags.some((tag) => tags.includes(tag)))
        void this.#refresher?.request(`image:${image.id}`)
  }

  async #refreshVolume(name: string, signal: AbortSignal): Promise<void> {
    const volume = await this.#options.engine.volumes.find(name, signal)
    if (signal.aborted) return
    if (volume === undefined) {
      if (this.#volumes.delete(name)) this.emit('change', { type: 'volume-removed', name })
    } else if (put(this.#volumes, name, volume)) this.emit('change', { type: 'volume', volume })
  }

  async #refreshNetwork(id: string, signal: AbortSignal): Promise<void> {
    const network = await this.#options.engine.networks.find(id, signal)
    if (signal.aborted) return
    if (network === undefined) {
      if (this.#networks.delete(id)) this.emit('change', { type: 'network-removed', id })
    } else if (put(this.#networks, network.id, network)) this.emit('change', { type: 'network', network })
  }

  async #refreshSwarmServices(signal: AbortSignal): Promise<void> {
    const swarmServices = await this.#options.engine.swarmServices(signal)
    if (signal.aborted) return
    this.#swarmServices = swarmServices
    this.emit('publishing')
  }

  /** Returns true if the engine was online until now. */
  #goOffline(): boolean {
    this.#refresher = undefined
    if (this.#info === undefined) return false
    this.#info = undefined
    this.emit('change', { type: 'offline' })
    return true
  }

  /** Waits until the link is up. If the link is already up, waits for `milliseconds`. */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { link } = this.#options
    if (link.isUp) {
      // After an abort, the caller's loop ends.
      await delay(milliseconds, signal).catch(() => undefined)
      return
    }
    await new Promise<void>((resolve) => {
      const end = () => {
        link.off('up', end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      link.on('up', end)
      signal.addEventListener('abort', end)
    })
  }
}

function fill<T>(map: Map<string, T>, values: T[], key: (value: T) => string): void {
  map.clear()
  for (const value of values) map.set(key(value), value)
}

/** Returns false if the map already holds the same value. */
function put<T>(map: Map<string, T>, key: string, value: T): boolean {
  if (JSON.stringify(map.get(key)) === JSON.stringify(value)) return false
  map.set(key, value)
  return true
}
