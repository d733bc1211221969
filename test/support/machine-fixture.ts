import { mkdtemp } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { Engine } from '../../src/main/engine/engine'
import { daemonFile } from '../../src/main/configuration/daemon-file'
import { createLog, type Logger } from '../../src/main/host/log'
import { berthPaths, type BerthPaths } from '../../src/main/host/paths'
import { Machine, type MachineOptions } from '../../src/main/machine/machine'
import { Mounts } from '../../src/main/mounts/mounts'
import { startMountsThread } from './mounts-thread'
import { hostFromMachine } from './registry'

/** A real machine in a home of its own, below the run's folder. */
export interface MachineFixture {
  machine: Machine
  engine: Engine
  mounts: Mounts
  paths: BerthPaths
  log: Logger
}

/** Small enough for two cores that are shared with the tests. */
export const machineSettings = { cpus: 2, memoryMiB: 2048, diskGiB: 16 }

/** The folders of a new home, with the guest image that was built on this computer. */
export async function temporaryPaths(env: Record<string, string> = {}): Promise<BerthPaths> {
  const home = await mkdtemp(join(inject('runFolder'), 'home-'))
  const { BERTH_GUEST_IMAGE } = process.env
  const found = { BERTH_GUEST_CACHE: guestCache(), BERTH_GUEST_IMAGE }
  return berthPaths({ ...found, ...env, BERTH_HOME: home }, process.platform)
}

/** A machine that is not started. Who makes one stops it. */
export async function privateMachine(
  options: Partial<MachineOptions> & { paths?: BerthPaths } = {},
): Promise<MachineFixture> {
  const paths = options.paths ?? (await temporaryPaths())
  const log = createLog(paths.logs)
  const mounts: Mounts = new Mounts({
    log,
    platform: process.platform,
    ownFolder: paths.home,
    startThread: startMountsThread,
    reconnect: (address) => machine.reconnectMounts(address),
  })
  const machine: Machine = new Machine({
    paths,
    log,
    settings: () => machineSettings,
    waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
    mountsPort: mounts,
    suspendParticipants: [mounts.suspendParticipant],
    ...options,
  })
  return { machine, engine: new Engine({ link: machine.link }), mounts, paths, log }
}

let shared: Promise<MachineFixture> | undefined

/** The one machine of the run, running. All integration tests share it: leave it as it was found. */
export async function theMachine(): Promise<MachineFixture> {
  shared ??= machineWithRegistries()
  const fixture = await shared
  await fixture.machine.start()
  return fixture
}

/** Its engine speaks plain HTTP to registries on the host, as the tests' own is one. */
function machineWithRegistries(): Promise<MachineFixture> {
  const registries = { mirrors: [], insecure: [`${hostFromMachine}/32`], certificates: [] }
  const daemon = daemonFile({ registries, daemon: {} }, undefined)
  return privateMachine({ guestFiles: () => Promise.resolve({ 'daemon.json': JSON.stringify(daemon) }) })
}

function guestCache(): string {
  const { BERTH_GUEST_CACHE, XDG_CACHE_HOME } = process.env
  return BERTH_GUEST_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'berth', 'guest')
}
