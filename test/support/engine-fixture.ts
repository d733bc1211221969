import { Readable } from 'node:stream'
import { expect } from 'vitest'
import type { Engine } from '../../src/main/engine/engine'
import { EngineState } from '../../src/main/engine/engine-state'
import { engineEvents } from '../../src/main/api/engine'
import { ContainerActions } from '../../src/main/containers/container-actions'
import type { Machine } from '../../src/main/machine/machine'
import type { Mounts } from '../../src/main/mounts/mounts'
import { PortForwarder } from '../../src/main/ports/port-forwarder'
import type { RunRequest } from '../../src/shared/containers'
import type { EngineEvent } from '../../src/shared/engine'
import { BerthError } from '../../src/shared/errors'
import type { MachineState } from '../../src/shared/machine'
import { unusedNetworks } from '../../src/shared/networks'
import type { NetworkPort } from '../../src/shared/ports'
import type { LogBatch } from '../../src/shared/sessions'
import type { NewVolume } from '../../src/shared/volumes'
import { busyboxTar, idleContainer, sleeping } from './busybox-image'
import { DockerCli } from './docker-cli'
import { type MachineFixture, theMachine } from './machine-fixture'

/** The image that every test may run. The machine always has this image. */
export const busybox = idleContainer.image

/** `expect.poll` with a time limit for an emulated machine on a busy host. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 60_000, interval: 20 })
}

/** A volume of the driver `local` without options and labels. */
export function localVolume(name: string): NewVolume {
  return { name, driver: 'local', options: {}, labels: {} }
}

/** Returns the texts of the entries whose line has ended. */
export function wholeLines({ entries }: LogBatch): string[] {
  return entries.filter(({ part }) => part !== 'open').map(({ text }) => text)
}

/** The engine, its state and its ports on the test run's machine, composed as in the app. */
export class EngineFixture {
  readonly changes: EngineEvent[] = []
  /** The published ports that the user has opened to the local network. */
  networkPorts: NetworkPort[] = []

  readonly machine: Machine
  readonly engine: Engine
  readonly state: EngineState
  readonly ports: PortForwarder
  readonly docker: DockerCli
  readonly mounts: Mounts
  readonly #events: ReturnType<typeof engineEvents>
  readonly #containers: ContainerActions

  /** Use {@link EngineFixture.open}. */
  constructor({ machine, engine, log, mounts }: MachineFixture, docker: DockerCli) {
    const { link, hostForward } = machine
    const networkPorts = () => this.networkPorts
    const lanPorts = {
      get current() {
        return networkPorts()
      },
    }
    const state = new EngineState({ engine, link, log })
    const ports = new PortForwarder({ hostForward, link, log, lanPorts, state })
    this.#events = engineEvents({ state, ports })
    this.#events.subscribe((event) => this.changes.push(event))
    const dockerCli = { configFolder: docker.folder, dockerHost: 'unix:///nowhere/docker.sock' }
    this.#containers = new ContainerActions({ engine, state, ports, mounts, dockerCli })
    this.machine = machine
    this.engine = engine
    this.state = state
    this.ports = ports
    this.docker = docker
    this.mounts = mounts
  }

  /** Opens the fixture on a machine that has only the image {@link busybox}. */
  static async open(): Promise<EngineFixture> {
    const machineFixture = await theMachine()
    const { machine, engine } = machineFixture
    const fixture = new EngineFixture(machineFixture, await DockerCli.connect(machine.link))
    if ((await engine.images.find(busybox)) === undefined)
      await engine.images.import(busybox, Readable.from([await busyboxTar()]))
    await fixture.clear()
    machine.on('state', fixture.#followMachine)
    fixture.state.start()
    await fixture.changed((event) => event.type === 'snapshot')
    return fixture
  }

  /** Follows the engine only while the machine runs, as the app does. */
  readonly #followMachine = ({ phase }: MachineState): void => {
    if (phase === 'running') this.state.start()
    else if (phase !== 'paused') this.state.stop()
  }

  /** Runs a container as the app does. Without a command, the container sleeps until it gets SIGTERM. */
  run(request: Partial<RunRequest> = {}): Promise<{ id: string }> {
    return this.#containers.run({ ...idleContainer, command: sleeping, ...request })
  }

  /** Resolves with the first past or future change that fulfils `condition`. */
  changed(condition: (event: EngineEvent) => boolean): Promise<EngineEvent> {
    const seen = this.changes.find(condition)
    if (seen !== undefined) return Promise.resolve(seen)
    return new Promise((resolve) => {
      const unsubscribe = this.#events.subscribe((event) => {
        if (!condition(event)) return
        unsubscribe()
        resolve(event)
      })
    })
  }

  /** Removes every container, volume and network, and every image but busybox. */
  async clear(): Promise<void> {
    const { containers, volumes, images, networks } = this.engine
    for (const { id } of await containers.list()) await this.#remove(id)
    for (const network of unusedNetworks(await networks.list(), [])) await networks.remove(network.id)
    await volumes.prune()
    for (const { id, tags } of await images.list())
      for (const tag of tags.length === 0 ? [id] : tags) if (tag !== busybox) await images.remove(tag, true)
    this.changes.length = 0
  }

  /** Removes a container. The engine may be auto-removing it at the same time, or have removed it already. */
  async #remove(id: string): Promise<void> {
    const { containers } = this.engine
    try {
      await containers.remove(id, { force: true, volumes: true })
    } catch (error) {
      const gone = error instanceof BerthError && error.code === 'container.not-found'
      if (!gone && !String(error).includes('already in progress')) throw error
      await eventually(() => containers.find(id)).toBeUndefined()
    }
  }

  async close(): Promise<void> {
    this.machine.off('state', this.#followMachine)
    this.state.stop()
    await this.ports.closeAll()
    await this.clear()
    await this.docker.close()
  }
}
