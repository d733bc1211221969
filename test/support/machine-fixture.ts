import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { daemonFile } from '../../src/main/configuration/daemon-file'
import { createLog } from '../../src/main/host/log'
import type { BerthPaths } from '../../src/main/host/berth-files'
import type { MachineOptions } from '../../src/main/machine/machine'
import { FileCopies } from '../../src/main/mounts/file-copies'
import { HostSockets } from '../../src/main/mounts/host-sockets'
import { Mounts } from '../../src/main/mounts/mounts'
import { SshLink } from '../../src/main/ssh/ssh-link'
import { startFileServerThread } from './file-server-thread'
import { homePaths, newMachine, type NewMachine } from './new-machine'
import { hostFromMachine } from './registry'

/** A real machine with its own home folder, which is below the test run's folder. */
export interface MachineFixture extends NewMachine {
  mounts: Mounts
}

/** This size is small enough for a computer with two cores, which also run the tests. */
export const machineSettings = { cpus: 2, memoryMiB: 2048, diskGiB: 16 }

/** Makes a home folder. Returns its paths, with the guest image that was built on this computer. */
export async function temporaryPaths(env: Record<string, string> = {}): Promise<BerthPaths> {
  return homePaths(await mkdtemp(join(inject('runFolder'), 'home-')), env)
}

/** Makes a machine but does not start it. The caller stops the machine. */
export async function privateMachine(
  options: Partial<MachineOptions> & { paths?: BerthPaths } = {},
): Promise<MachineFixture> {
  const paths = options.paths ?? (await temporaryPaths())
  const log = createLog(paths.logs)
  const link = new SshLink({ log })
  const { env } = process
  const mounts = new Mounts({
    log,
    sockets: new HostSockets({ link, paths, log, env, platform: process.platform }),
    fileCopies: new FileCopies({ link, log, platform: process.platform }),
    platform: process.platform,
    ownFolder: paths.home,
    startThread: startFileServerThread,
  })
  const made = newMachine({
    paths,
    log,
    link,
    settings: () => machineSettings,
    mountsPort: mounts,
    suspendParticipants: [mounts.suspendParticipant],
    ...options,
  })
  return { ...made, mounts }
}

/** How far the guest's time is from the host's time, in milliseconds, give or take a second. Changes no clock. */
export async function clockError({ link }: Pick<MachineFixture['machine'], 'link'>): Promise<number> {
  const { stdout } = await link.exec('date +%s')
  return Math.abs(Number(stdout) * 1000 - Date.now())
}

let shared: Promise<MachineFixture> | undefined

/** Returns the running machine that all integration tests share. A test must leave it in the same state as before. */
export async function theMachine(): Promise<MachineFixture> {
  shared ??= machineWithRegistries()
  const fixture = await shared
  await fixture.machine.start()
  return fixture
}

/** Makes a machine whose engine uses plain HTTP for registries on the host: the tests' registry has no certificate. */
function machineWithRegistries(): Promise<MachineFixture> {
  const registries = { mirrors: [], insecure: [`${hostFromMachine}/32`], certificates: [] }
  const daemon = daemonFile({ registries, daemon: {} }, undefined)
  return privateMachine({ guestFiles: () => Promise.resolve({ 'daemon.json': JSON.stringify(daemon) }) })
}
