import { EventEmitter } from 'node:events'
import type { ApiServices } from '../../src/main/api/implementer'
import type { EngineChange, EngineSnapshot } from '../../src/main/engine/engine-state'
import { toContainer } from '../../src/main/engine/mapping'
import { containerInspectSchema } from '../../src/main/engine/schemas'
import type { Container } from '../../src/shared/containers'
import { FakeServices } from '../../test/support/fake-services'
import inspect from '../../test/unit/main/engine/fixtures/container-running.json'

const recorded = toContainer(containerInspectSchema.parse(inspect))
const images = [
  'nginx:1.29',
  'postgres:18',
  'redis:8',
  'node:24-alpine',
  'registry.example.com/team/service:2.4.1',
]

/** Returns `count` copies of the recorded container, with different names, images, ports, projects and states. */
export function recordedContainers(count: number): Container[] {
  return Array.from({ length: count }, (_, index): Container => {
    const project = index % 10 === 0 ? undefined : `project-${String(Math.floor(index / 20))}`
    const isRunning = index % 3 !== 0
    return {
      ...recorded,
      id: index.toString(16).padStart(64, '0'),
      name: project === undefined ? `single-${String(index)}` : `${project}-service-${String(index % 20)}-1`,
      image: images[index % images.length] ?? recorded.image,
      createdAt: recorded.createdAt + index * 1000,
      state: isRunning ? 'running' : 'exited',
      startedAt: (recorded.startedAt ?? 0) + index * 1000,
      finishedAt: isRunning ? null : (recorded.startedAt ?? 0) + index * 2000,
      exitCode: isRunning ? null : 0,
      ports: recorded.ports.map((port) => ({ ...port, hostPort: 5000 + index })),
      labels: project === undefined ? {} : { 'com.docker.compose.project': project },
    }
  })
}

/** The state of an engine with recorded containers. A benchmark changes the containers. */
export class RecordedState extends EventEmitter<{ change: [EngineChange] }> {
  readonly isOnline = true
  readonly containers: Map<string, Container>

  constructor(containers: readonly Container[]) {
    super()
    this.setMaxListeners(0)
    this.containers = new Map(containers.map((container) => [container.id, container]))
  }

  snapshot(): EngineSnapshot {
    return {
      type: 'snapshot',
      engine: {
        version: '28.5.0',
        apiVersion: '1.51',
        kernel: '6.12',
        os: 'Debian GNU/Linux 13',
        architecture: 'x86_64',
        cgroupVersion: '2',
        storageDriver: 'overlay2',
        cpus: 2,
        memory: 2_147_483_648,
      },
      containers: [...this.containers.values()],
      images: [],
      volumes: [],
      networks: [],
    }
  }

  /** Changes a container and reports the change, as the engine state does after an event. */
  change(container: Container): void {
    this.containers.set(container.id, container)
    this.emit('change', { type: 'container', container })
  }
}

/** The services of a running machine with these containers. All other services are doubles. */
export function recordedServices(state: RecordedState): ApiServices {
  const services = new FakeServices()
  services.machine.enter('running')
  return Object.assign(services, { state })
}
