import { EventEmitter } from 'node:events'
import type { Container, ContainerRunState } from '../../shared/containers'
import { swarmServiceLabel } from '../../shared/swarm'
import type { EngineState, SwarmServicePorts } from '../engine'
import type { Logger } from '../host'
import { HostNetworkContainers, type HostNetworkContainersOptions } from './host-network-containers'
import { hostPortKey, type PublishedPort } from './port-targets'

/**
 * In these states, a container publishes its ports. A container keeps its ports while its restart policy restarts it.
 */
const publishingStates: ContainerRunState[] = ['running', 'paused', 'restarting']

export interface DesiredPortsOptions {
  link: HostNetworkContainersOptions['link']
  log: Logger
}

/**
 * The ports that should be open on the host. Running containers and swarm services publish ports. Containers on the
 * machine's own network listen on ports without publishing them.
 */
export class DesiredPorts extends EventEmitter<{ change: [] }> {
  readonly #hostNetwork: HostNetworkContainers
  #fromEngine: PublishedPort[] = []
  #ports = new Map<string, PublishedPort>()

  constructor(options: DesiredPortsOptions) {
    super()
    this.#hostNetwork = new HostNetworkContainers(options)
    this.#hostNetwork.on('change', () => {
      this.#merge()
    })
  }

  get all(): PublishedPort[] {
    return [...this.#ports.values()]
  }

  /** Whether a container still publishes a port. */
  has({
    containerId,
    binding,
  }: Pick<PublishedPort, 'binding'> & { containerId: string | undefined }): boolean {
    return containerId !== undefined && this.#ports.has(keyOf({ containerId, binding }))
  }

  update({ containers, swarmServices }: Pick<EngineState, 'containers' | 'swarmServices'>): void {
    const running = [...containers.values()].filter(({ state }) => publishingStates.includes(state))
    this.#fromEngine = [
      ...running.flatMap(({ id, ports }) => ports.map((binding) => ({ containerId: id, binding }))),
      ...publishedByServices(swarmServices, running),
    ]
    this.#hostNetwork.follow(running.filter(({ networks }) => networks.includes('host')).map(({ id }) => id))
    this.#merge()
  }

  clear(): void {
    this.#fromEngine = []
    this.#ports.clear()
    this.#hostNetwork.follow([])
  }

  #merge(): void {
    this.#ports = new Map()
    for (const port of [...this.#fromEngine, ...this.#hostNetwork.ports]) {
      const key = keyOf(port)
      // A published port overrides a port on which a container only listens.
      if (!this.#ports.has(key)) this.#ports.set(key, port)
    }
    this.emit('change')
  }
}

/**
 * The swarm forwards a service's port to all containers of the service in this machine. Berth assigns the port to the
 * first of these containers.
 */
function publishedByServices(services: readonly SwarmServicePorts[], running: Container[]): PublishedPort[] {
  return services.flatMap(({ serviceId, ports }) => {
    const task = running.find(({ labels }) => labels[swarmServiceLabel] === serviceId)
    return task === undefined ? [] : ports.map((binding) => ({ containerId: task.id, binding }))
  })
}

function keyOf({ containerId, binding }: PublishedPort): string {
  return `${containerId} ${hostPortKey(binding)}`
}
