import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { engineEvents } from '../../../../src/main/api/engine'
import type { EngineChange, EngineSnapshot } from '../../../../src/main/engine/engine-state'
import type { EngineEvent } from '../../../../src/shared/engine'
import type { PortForward } from '../../../../src/shared/ports'
import info from '../engine/fixtures/info.json'

const snapshot: EngineSnapshot = {
  type: 'snapshot',
  engine: {
    version: '28',
    apiVersion: '1.48',
    kernel: '6',
    os: info.OperatingSystem,
    architecture: 'amd64',
    cgroupVersion: '2',
    storageDriver: 'overlay2',
    cpus: info.NCPU,
    memory: info.MemTotal,
  },
  containers: [],
  images: [],
  volumes: [],
  networks: [],
}

const forward: PortForward = {
  containerId: 'c1',
  binding: { hostIp: '', hostPort: 5000, containerPort: 80, protocol: 'tcp' },
  toNetwork: false,
  address: '127.0.0.1',
  state: 'open',
}

class FakeState extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map()
  current: EngineSnapshot | undefined

  get isOnline(): boolean {
    return this.current !== undefined
  }

  snapshot(): EngineSnapshot | undefined {
    return this.current
  }
}

class FakePorts extends EventEmitter<{ change: [PortForward[]] }> {
  forwards: PortForward[] = []
  retry(): Promise<void> {
    return Promise.resolve()
  }
}

describe('the engine events of the contract', () => {
  let state: FakeState
  let ports: FakePorts
  let changes: EngineEvent[]
  let unsubscribe: () => void

  beforeEach(() => {
    state = new FakeState()
    ports = new FakePorts()
    changes = []
    unsubscribe = engineEvents({ state, ports }).subscribe((event) => changes.push(event))
  })

  it('begin with a snapshot that contains the port forwards, or report that the engine is offline', () => {
    const events = engineEvents({ state, ports })
    expect(events.snapshot()).toEqual({ type: 'offline' })
    state.current = snapshot
    ports.forwards = [forward]
    expect(events.snapshot()).toEqual({ ...snapshot, forwards: [forward] })
    state.emit('change', snapshot)
    expect(changes).toEqual([{ ...snapshot, forwards: [forward] }])
  })

  it('report the port forwards only while the engine is online', () => {
    state.current = snapshot
    ports.emit('change', [])
    expect(changes).toEqual([{ type: 'forwards', forwards: [] }])
    state.current = undefined
    state.emit('change', { type: 'offline' })
    ports.emit('change', [])
    expect(changes.map(({ type }) => type)).toEqual(['forwards', 'offline'])
  })

  it('end when the subscription ends', () => {
    unsubscribe()
    state.current = snapshot
    state.emit('change', { type: 'container-removed', id: 'c1' })
    ports.emit('change', [])
    expect(changes).toEqual([])
  })
})
