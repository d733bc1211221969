import { EventEmitter, setMaxListeners } from 'node:events'
import type { Container } from '../../shared/containers'
import type { EngineEvent, EngineInfo } from '../../shared/engine'
import type { Image } from '../../shared/images'
import type { Volume } from '../../shared/volumes'
import { delay } from '../lib'
import type { Logger } from '../host'
import type { Engine } from './engine'
import { changedObjects, type ObjectKey } from './event-objects'
import { Refresher } from './refresher'
import { serviceLabel, type ServicePorts } from './services'

/** What the state needs of the SSH link. */
export interface LinkStatus {
  readonly isUp: boolean
  on(event: 'up' | 'down', listener: () => void): unknown
  off(event: 'up' | 'down', listener: () => void): unknown
}

interface Holdings {
  info: EngineInfo
  containers: Container[]
  images: Image[]
  volumes: Volume[]
  services: ServicePorts[]
}

/** The state as one event. */
export type EngineSnapshot = Omit<Extract<EngineEvent, { type: 'snapshot' }>, 'forwards'>

/** A snapshot whenever the connection is new, then one event for each object that has changed. */
export type EngineChange = EngineSnapshot | Exclude<EngineEvent, { type: 'snapshot' | 'forwards' }>

interface EngineStateEvents {
  change: [EngineChange]
  /** The containers or the swarm services have changed, and perhaps the ports that they publish. */
  publishing: []
}

/** Milliseconds between attempts while the link is up and the engine does not answer. */
const retryMilliseconds = { first: 50, most: 2000 }

/**
 * A copy of what the engine holds. Each engine event makes Berth inspect the one object that the event is about.
 * Berth lists everything only when an event stream begins.
 */
export class EngineState extends EventEmitter<EngineStateEvents> {
  readonly #engine: Engine
  readonly #link: LinkStatus
  readonly #log: Logger
  readonly #containers = new Map<string, Container>()
  readonly #images = new Map<string, Image>()
  readonly #volumes = new Map<string, Volume>()
  #swarmServices: ServicePorts[] = []
  #info: EngineInfo | undefined
  #refresher: Refresher | undefined
  #run: AbortController | undefined

  constructor(services: { engine: Engine; link: LinkStatus; log: Logger }) {
    super()
    this.#engine = services.engine
    this.#link = services.link
    this.#log = services.log
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

  /** Follows the engine from now on, across lost connections, until `stop`. */
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

  /** The ports of swarm services. */
  get swarmServices(): readonly ServicePorts[] {
    return this.#swarmServices
  }

  /** Whether the engine can be reached. */
  get isOnline(): boolean {
    return this.#info !== undefined
  }

  /** Undefined while the engine cannot be reached. */
  snapshot(): EngineSnapshot | undefined {
    if (this.#info === undefined) return undefined
    return {
      type: 'snapshot',
      engine: this.#info,
      containers: [...this.#containers.values()],
      images: [...this.#images.values()],
      volumes: [...this.#volumes.values()],
    }
  }

  /** Resolves when the container has been inspected after this call, so that the state is as new as the caller. */
  async refreshContainer(id: string): Promise<void> {
    await this.#refresher?.request(`container:${id}`)
  }

  async #keepFollowing(signal: AbortSignal): Promise<void> {
    let wait = retryMilliseconds.first
    for (;;) {
      const follow = new AbortController()
      const following = AbortSignal.any([signal, follow.signal])
      // Every object that is being inspected listens to it.
      setMaxListeners(0, following)
      try {
        await this.#follow(following)
      } catch (error) {
        this.#log.info({ reason: String(error) }, 'engine events ended')
      }
      follow.abort()
      if (signal.aborted) return
      if (this.#goOffline()) wait = retryMilliseconds.first
      await this.#pause(wait, signal)
      wait = Math.min(wait * 2, retryMilliseconds.most)
    }
  }

  /** Subscribes first and lists then, so that nothing between the two is missed. */
  async #follow(signal: AbortSignal): Promise<void> {
    const events = await this.#engine.events(signal)
    const missed = new Set<ObjectKey>()
    const refresher = new Refresher((key) => this.#refresh(key as ObjectKey, signal))
    let take = (key: ObjectKey): void => void missed.add(key)
    const reading = (async () => {
      for await (const event of events)
        for (const key of changedObjects(event, this.#volumes.keys())) take(key)
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

  async #list(signal: AbortSignal): Promise<Holdings> {
    const [info, containers, images, volumes] = await Promise.all([
      this.#engine.info(signal),
      this.#engine.containers.list(signal),
      this.#engine.images.list(signal),
      this.#engine.volumes.list(signal),
    ])
    const services = containers.some(isTask) ? await this.#engine.services(signal) : []
    signal.throwIfAborted()
    return { info, containers, images, volumes, services }
  }

  #fill({ info, containers, images, volumes, services }: Holdings): void {
    this.#info = info
    this.#swarmServices = services
    fill(this.#containers, containers, ({ id }) => id)
    fill(this.#images, images, ({ id }) => id)
    fill(this.#volumes, volumes, ({ name }) => name)
  }

  async #refresh(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const colon = key.indexOf(':')
    const [kind, id] = [key.slice(0, colon), key.slice(colon + 1)]
    try {
      if (kind === 'container') await this.#refreshContainer(id, signal)
      else if (kind === 'image') await this.#refreshImage(id, signal)
      else if (kind === 'volume') await this.#refreshVolume(id, signal)
      else await this.#refreshServices(signal)
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ error: String(error), object: key }, 'could not be inspected')
    }
  }

  async #refreshContainer(id: string, signal: AbortSignal): Promise<void> {
    const container = await this.#engine.containers.find(id, signal)
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
    const image = await this.#engine.images.find(reference, signal)
    if (signal.aborted) return
    if (image === undefined) {
      if (this.#images.delete(reference)) this.emit('change', { type: 'image-removed', id: reference })
      else this.#refreshTagOwners([reference])
      return
    }
    if (put(this.#images, image.id, image)) this.emit('change', { type: 'image', image })
    this.#refreshTagOwners(image.tags, image.id)
  }

  /** The engine reports a tag's new image only: whichever had it before has lost it. */
  #refreshTagOwners(tags: string[], newOwner?: string): void {
    for (const image of this.#images.values())
      if (image.id !== newOwner && image.tags.some((tag) => tags.includes(tag)))
        void this.#refresher?.request(`image:${image.id}`)
  }

  async #refreshVolume(name: string, signal: AbortSignal): Promise<void> {
    const volume = await this.#engine.volumes.find(name, signal)
    if (signal.aborted) return
    if (volume === undefined) {
      if (this.#volumes.delete(name)) this.emit('change', { type: 'volume-removed', name })
    } else if (put(this.#volumes, name, volume)) this.emit('change', { type: 'volume', volume })
  }

  async #refreshServices(signal: AbortSignal): Promise<void> {
    const services = await this.#engine.services(signal)
    if (signal.aborted) return
    this.#swarmServices = services
    this.emit('publishing')
  }

  /** True when it was online until now. */
  #goOffline(): boolean {
    this.#refresher = undefined
    if (this.#info === undefined) return false
    this.#info = undefined
    this.emit('change', { type: 'offline' })
    return true
  }

  /** Until the link is up; with a link that is up, for `milliseconds`. */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    if (this.#link.isUp) {
      await delay(milliseconds, signal).catch(ignoreAbort)
      return
    }
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#link.off('up', end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      this.#link.on('up', end)
      signal.addEventListener('abort', end)
    })
  }
}

/** Whether a container is one of a swarm's service. */
function isTask({ labels }: Container): boolean {
  return serviceLabel in labels
}

function ignoreAbort(): void {
  // The wait was cut short; the caller looks at its signal itself.
}

function fill<T>(map: Map<string, T>, values: T[], key: (value: T) => string): void {
  map.clear()
  for (const value of values) map.set(key(value), value)
}

/** False when it is what the map holds already. */
function put<T>(map: Map<string, T>, key: string, value: T): boolean {
  if (JSON.stringify(map.get(key)) === JSON.stringify(value)) return false
  map.set(key, value)
  return true
}
