import type { Container } from '../../shared/containers'
import type { EngineEvent, EngineInfo } from '../../shared/engine'
import type { Image } from '../../shared/images'
import type { Network } from '../../shared/networks'
import type { PortForward } from '../../shared/ports'
import type { Volume } from '../../shared/volumes'

/** A copy of the engine's objects and of the forwards. The stream of engine events updates the copy. */
export interface EngineContents {
  info: EngineInfo | undefined
  /**
   * False before the first snapshot, and from an `offline` event to the next snapshot. Meanwhile, the copy may be
   * out of date.
   */
  live: boolean
  containers: Map<string, Container>
  images: Map<string, Image>
  volumes: Map<string, Volume>
  networks: Map<string, Network>
  forwards: PortForward[]
}

export type EnginePart = 'info' | 'live' | 'containers' | 'images' | 'volumes' | 'networks' | 'forwards'

export function emptyContents(): EngineContents {
  return {
    info: undefined,
    live: false,
    containers: new Map(),
    images: new Map(),
    volumes: new Map(),
    networks: new Map(),
    forwards: [],
  }
}

function byKey<T>(values: readonly T[], key: (value: T) => string): Map<string, T> {
  return new Map(values.map((value) => [key(value), value]))
}

/** Applies one event to `contents` in place. Returns the changed parts. */
export function applyEngineEvent(contents: EngineContents, event: EngineEvent): EnginePart[] {
  switch (event.type) {
    case 'snapshot':
      contents.info = event.engine
      contents.live = true
      contents.containers = byKey(event.containers, ({ id }) => id)
      contents.images = byKey(event.images, ({ id }) => id)
      contents.volumes = byKey(event.volumes, ({ name }) => name)
      contents.networks = byKey(event.networks, ({ id }) => id)
      contents.forwards = event.forwards
      return ['info', 'live', 'containers', 'images', 'volumes', 'networks', 'forwards']
    case 'container':
      contents.containers.set(event.container.id, event.container)
      return ['containers']
    case 'container-removed':
      contents.containers.delete(event.id)
      return ['containers']
    case 'image':
      contents.images.set(event.image.id, event.image)
      return ['images']
    case 'image-removed':
      contents.images.delete(event.id)
      return ['images']
    case 'volume':
      contents.volumes.set(event.volume.name, event.volume)
      return ['volumes']
    case 'volume-removed':
      contents.volumes.delete(event.name)
      return ['volumes']
    case 'network':
      contents.networks.set(event.network.id, event.network)
      return ['networks']
    case 'network-removed':
      contents.networks.delete(event.id)
      return ['networks']
    case 'forwards':
      contents.forwards = event.forwards
      return ['forwards']
    case 'offline':
      contents.live = false
      return ['live']
  }
}
