import type { Container, ContainerEndpoint } from '../../../src/shared/containers'
import type { EngineEvent, EngineInfo } from '../../../src/shared/engine'
import type { Image } from '../../../src/shared/images'
import type { Network } from '../../../src/shared/networks'
import type { Volume } from '../../../src/shared/volumes'

export function container(change: Partial<Container> = {}): Container {
  return {
    id: 'c'.repeat(64),
    name: 'web',
    image: 'demo:latest',
    imageId: 'sha256:demo',
    command: 'sh',
    createdAt: 0,
    state: 'running',
    startedAt: 0,
    finishedAt: null,
    exitCode: null,
    health: null,
    error: '',
    ports: [],
    exposedPorts: [],
    mounts: [],
    networks: [],
    networkMode: 'bridge',
    endpoints: [],
    ipv6: false,
    labels: {},
    autoRemove: false,
    tty: false,
    pid: 1,
    ...change,
  }
}

export function image(change: Partial<Image> = {}): Image {
  return {
    id: 'sha256:demo',
    tags: ['demo:latest'],
    digests: [],
    size: 1,
    createdAt: 0,
    labels: {},
    ...change,
  }
}

export function volume(change: Partial<Volume> = {}): Volume {
  return { name: 'data', driver: 'local', createdAt: 0, labels: {}, anonymous: false, ...change }
}

export function network(change: Partial<Network> = {}): Network {
  return {
    id: 'n'.repeat(64),
    name: 'front',
    driver: 'bridge',
    scope: 'local',
    createdAt: 0,
    internal: false,
    attachable: false,
    ipv6: false,
    ingress: false,
    subnets: [],
    options: {},
    labels: {},
    ...change,
  }
}

/** An endpoint in a network whose id is the same as its name. */
export function endpoint(name: string): ContainerEndpoint {
  return { network: name, networkId: name, ipv4: '', ipv6: '', mac: '', aliases: [], dnsNames: [] }
}

export const engineInfo: EngineInfo = {
  version: '26.1.5',
  apiVersion: '1.45',
  kernel: '6.12',
  os: 'Debian GNU/Linux 13',
  architecture: 'x86_64',
  cgroupVersion: '2',
  storageDriver: 'overlay2',
  cpus: 2,
  memory: 2048,
}

export function snapshot(
  change: Partial<Extract<EngineEvent, { type: 'snapshot' }>> = {},
): Extract<EngineEvent, { type: 'snapshot' }> {
  return {
    type: 'snapshot',
    engine: engineInfo,
    containers: [],
    images: [],
    volumes: [],
    networks: [],
    forwards: [],
    ...change,
  }
}
