import type { Subject, Surroundings } from '../../../../src/main/hints/subject'
import type { ContainerSetup } from '../../../../src/main/engine/container-setup'
import type { Container } from '../../../../src/shared/containers'
import type { PortForward } from '../../../../src/shared/ports'
import { container } from '../../renderer/support'

export const hour = 3_600_000
export const now = 1000 * hour
export const gibibyte = 2 ** 30

/** A setup without anything to say about it. */
export function setup(change: Partial<ContainerSetup> = {}): ContainerSetup {
  return {
    restartPolicy: 'no',
    privileged: false,
    capAdd: [],
    devices: [],
    hostPid: false,
    memory: null,
    log: { driver: 'json-file', limited: true, path: '/var/lib/docker/containers/c/c-json.log' },
    health: null,
    ...change,
  }
}

type SubjectChange = Partial<Omit<Subject, 'container' | 'setup'>> & {
  container?: Partial<Container>
  setup?: Partial<ContainerSetup>
}

export function subject(change: SubjectChange = {}): Subject {
  return {
    readAt: now,
    forwards: [],
    highUse: undefined,
    ends: [],
    healthEvents: undefined,
    ranAtEnd: false,
    layer: undefined,
    logSize: undefined,
    ...change,
    container: container({ startedAt: now - hour, ...change.container }),
    setup: setup(change.setup),
  }
}

export function around(change: Partial<Surroundings> = {}): Surroundings {
  return {
    now,
    engineStartedAt: now - hour,
    memory: 2 * gibibyte,
    images: new Map(),
    tagOwners: new Map(),
    memoryLimits: new Map(),
    ...change,
  }
}

export function forward(hostIp: string, change: Partial<PortForward> = {}): PortForward {
  const binding = { hostIp, hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }
  return {
    containerId: 'c'.repeat(64),
    binding,
    address: hostIp === '' ? '127.0.0.1' : hostIp,
    state: 'open',
    toNetwork: false,
    ...change,
  }
}
