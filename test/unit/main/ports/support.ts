import { EventEmitter } from 'node:events'
import type { SwarmServicePorts } from '../../../../src/main/engine/swarm-services'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import type { Container, ContainerRunState } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { Routes } from '../../../../src/main/ports/host-listener'
import type { PortBinding } from '../../../../src/shared/ports'

export function binding(hostPort: number, changes: Partial<PortBinding> = {}): PortBinding {
  return { hostIp: '', hostPort, containerPort: 80, protocol: 'tcp', ...changes }
}

export function container(
  name: string,
  ports: PortBinding[],
  state: ContainerRunState = 'running',
  labels: Record<string, string> = {},
): Container {
  return {
    id: `id-${name}`,
    name,
    image: 'busybox',
    imageId: 'sha256:1',
    command: 'httpd',
    createdAt: 0,
    state,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    health: null,
    error: '',
    ports,
    exposedPorts: [],
    mounts: [],
    networks: [],
    networkMode: 'bridge',
    endpoints: [],
    ipv6: false,
    labels,
    autoRemove: false,
    tty: false,
    pid: 0,
  }
}

/** The engine state, which a test sets with `publish`. */
export class FakeState extends EventEmitter<{ publishing: [] }> {
  readonly containers = new Map<string, Container>()
  swarmServices: readonly SwarmServicePorts[] = []
  refreshContainer: (id: string) => Promise<void> = () => Promise.resolve()

  publish(containers: Container[], swarmServices: readonly SwarmServicePorts[] = []): void {
    this.containers.clear()
    for (const container of containers) this.containers.set(container.id, container)
    this.swarmServices = swarmServices
    this.emit('publishing')
  }
}

/** Records the host's listeners, Berth's own (TCP) and QEMU's (UDP), as a set of lines such as `tcp 127.0.0.1:5000`. */
export class FakeHostForward implements HostForward {
  readonly open = new Set<string>()
  readonly taken = new Set<number>()
  /** Lines of listeners that cannot open, because a program has the same port on an overlapping address. */
  readonly refused = new Set<string>()
  onRemove: (port: number) => void = () => undefined
  running = true
  calls = 0

  add(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    const { protocol, hostAddress: address, hostPort: port, guestPort } = forward
    if (this.#isTaken(forward) || port !== guestPort)
      return Promise.reject(new BerthError('port.taken', { port, protocol, address, owner: '?' }))
    this.open.add(line(forward))
    return Promise.resolve()
  }

  /** Replaces Berth's own listeners. */
  readonly listen: NonNullable<Routes['listen']> = ({ address, port }) => {
    this.calls++
    const forward: Forward = { protocol: 'tcp', hostAddress: address, hostPort: port, guestPort: port }
    if (this.#isTaken(forward))
      return Promise.reject(Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }))
    this.open.add(line(forward))
    return Promise.resolve({ close: () => this.remove(forward) })
  }

  #isTaken(forward: Forward): boolean {
    return this.taken.has(forward.hostPort) || this.refused.has(line(forward))
  }

  remove(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    this.open.delete(line(forward))
    this.onRemove(forward.hostPort)
    return Promise.resolve()
  }
}

export function line({ protocol, hostAddress, hostPort }: Forward): string {
  return `${protocol} ${hostAddress}:${String(hostPort)}`
}
