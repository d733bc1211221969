import { once } from 'node:events'
import { join } from 'node:path'
import { execa } from 'execa'
import { DockerSocket } from '../src/main/docker-socket/docker-socket'
import { BulkActions, ContainerActions } from '../src/main/containers'
import { EngineState, engineSocketPath } from '../src/main/engine'
import { Mounts } from '../src/main/mounts'
import { PortForwarder } from '../src/main/ports'
import { idleContainer, sleeping } from '../test/support/busybox-image'
import { messagePort } from '../test/support/carriers'
import { FakeServices, silentLog } from '../test/support/fake-services'
import { startFileServerThread } from '../test/support/file-server-thread'
import type { Client } from '../test/support/headless-client'
import { onMachine, type BenchMachine } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const full = { rounds: 20, many: 50, manyRounds: 3 }
const smallest: typeof full = { rounds: 1, many: 2, manyRounds: 1 }

const actions = ['run', 'stop', 'remove'] as const
/** Seconds of each call. */
type Times = Record<(typeof actions)[number] | 'stopMany', number[]>
interface Compared {
  ours: Times
  theirs: Times
}

/** Berth or the Docker CLI. A container is named. */
interface Program {
  run(name: string): Promise<void>
  stop(name: string): Promise<void>
  remove(name: string): Promise<void>
  stopMany(ids: string[]): Promise<void>
}

/**
 * Measures run, stop and remove of a container, and the stop of many, through the contract and the carrier of the app's
 * window. Compares them with the Docker CLI on Berth's socket.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const size = smoke ? smallest : full
  const mounts = new Mounts({
    log: silentLog,
    platform: process.platform,
    ownFolder: '/nowhere',
    startThread: startFileServerThread,
  })
  try {
    return await onMachine((bench) => onBerth(bench, mounts, size), { smoke, mounts })
  } finally {
    await mounts.close()
  }
}

async function onBerth(bench: BenchMachine, mounts: Mounts, size: typeof full): Promise<BenchResult> {
  const { machine, engine, log, sshFolder } = bench
  const { link, hostForward } = machine
  const state = new EngineState({ engine, link, log })
  const ports = new PortForwarder({ hostForward, link, log, state, lanPorts: { current: [] } })
  const path = join(sshFolder, 'actions.sock')
  const openEngine = () => link.openUnixSocket(engineSocketPath)
  const socket = new DockerSocket({ path, platform: process.platform, log, openEngine })
  const dockerCli = { configFolder: sshFolder, dockerHost: `unix://${path}` }
  const containers = new ContainerActions({ engine, state, ports, mounts, dockerCli })
  const services = Object.assign(new FakeServices(), {
    containers,
    bulkActions: new BulkActions({ actions: containers, engine }),
  })
  const { client } = await (await messagePort.host(services)).connect()
  const listed = once(state, 'change')
  state.start()
  await socket.listen()
  try {
    await listed
    return resultOf(await compare(berth(client), docker(dockerCli), bench, size), size)
  } finally {
    await socket.close()
    state.stop()
    await ports.closeAll()
  }
}

function berth(client: Client): Program {
  return {
    run: async (name) => {
      await client.containers.run({ ...idleContainer, command: sleeping, name })
    },
    stop: (id) => client.containers.stop({ id }),
    remove: (id) => client.containers.remove({ id, force: false, volumes: true }),
    stopMany: async (ids) => {
      const { failures } = await client.containers.bulk({ ids, action: 'stop' })
      if (failures.length > 0) throw new Error(`${String(failures.length)} containers did not stop`)
    },
  }
}

function docker({ configFolder, dockerHost }: { configFolder: string; dockerHost: string }): Program {
  const env = { DOCKER_CONFIG: configFolder, DOCKER_HOST: dockerHost }
  const call = async (...args: string[]) => {
    await execa('docker', args, { env })
  }
  return {
    run: (name) => call('run', '-d', '--name', name, idleContainer.image, ...sleeping),
    stop: (name) => call('stop', name),
    remove: (name) => call('rm', '-v', name),
    stopMany: (ids) => call('stop', ...ids),
  }
}

/** Berth and the peer take turns, so that other load on the host affects them equally. */
async function compare(
  ours: Program,
  theirs: Program,
  { engine }: BenchMachine,
  { rounds, many, manyRounds }: typeof full,
): Promise<Compared> {
  const times: Compared = { ours: noTimes(), theirs: noTimes() }
  const sides = [
    ['ours', ours],
    ['theirs', theirs],
  ] as const
  // The first run of each side reads the image and the programs from the disk. It does not count.
  for (let round = -1; round < rounds; round++)
    for (const [side, program] of sides)
      for (const action of actions) {
        const seconds = await timed(() => program[action](`bench-${side}`))
        if (round >= 0) times[side][action].push(seconds)
      }
  const ids: string[] = []
  for (let index = 0; index < many; index++)
    ids.push((await engine.containers.create({ ...idleContainer, command: sleeping })).id)
  for (let round = 0; round < manyRounds; round++)
    for (const [side, program] of sides) {
      for (const id of ids) await engine.containers.start(id)
      times[side].stopMany.push(await timed(() => program.stopMany(ids)))
    }
  return times
}

function noTimes(): Times {
  return { run: [], stop: [], remove: [], stopMany: [] }
}

function resultOf({ ours, theirs }: Compared, { many }: typeof full): BenchResult {
  const cycle = (times: Times) => actions.reduce((sum, action) => sum + median(times[action]), 0)
  const figures = {
    berth_cycle_seconds: cycle(ours),
    docker_cli_cycle_seconds: cycle(theirs),
    berth_stop_many_seconds: median(ours.stopMany),
    docker_cli_stop_many_seconds: median(theirs.stopMany),
  }
  const row = (name: string, times: Times) => [
    name,
    ...actions.map((action) => `${(median(times[action]) * 1000).toFixed(0)} ms`),
    `${median(times.stopMany).toFixed(2)} s`,
  ]
  return {
    name: 'actions',
    ratios: {
      docker_cli: figures.berth_cycle_seconds / figures.docker_cli_cycle_seconds,
      docker_cli_stop_many: figures.berth_stop_many_seconds / figures.docker_cli_stop_many_seconds,
    },
    figures,
    table: [
      ['median', ...actions, `stop of ${String(many)}`],
      row('Berth', ours),
      row('the Docker CLI on the same socket', theirs),
    ],
  }
}
