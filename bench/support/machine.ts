import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Accelerator } from '../../src/shared/machine'
import { freePort } from '../../src/main/lib/net'
import type { Machine } from '../../src/main/machine/machine'
import { machineKeys } from '../../src/main/machine/ssh-keys'
import type { Mounts } from '../../src/main/mounts/mounts'
import { defaultMachineSettings, hostSize } from '../../src/main/settings/settings-defaults'
import { busyboxTar } from '../../test/support/busybox-image'
import { homePaths, newMachine, type NewMachine } from '../../test/support/new-machine'
import type { BenchOptions } from './result'

/** The accelerator that a running machine uses. */
export function acceleratorOf({ state: { accelerator } }: Pick<Machine, 'state'>): Accelerator {
  if (accelerator === undefined) throw new Error('the machine runs without an accelerator')
  return accelerator.name
}

/** The Docker image that benchmarks run. */
export const busybox = 'busybox:latest'

/** The size of the machines in the benchmarks `boot`, `resume` and `idle`. */
export const comparedSize = { cpus: 2, memoryMiB: 2048, diskGiB: 64 }

export interface BenchMachine extends NewMachine {
  /** How compared programs log in as root: the loopback port of the machine's sshd, and OpenSSH options. */
  ssh: { port: number; config: string }
  /** A folder with a program `ssh` that uses this configuration. For programs that run `ssh` without options. */
  sshFolder: string
}

/** All benchmarks of a smoke run share one machine, which saves a boot for each benchmark. */
export interface SmokeRun {
  bench: BenchMachine
  /** The shared folders of the shared machine. */
  mounts: Mounts
  /** A folder for the start of the PATH. During the build of a stock Debian, its programs replace slow programs. */
  buildTools: string
}

/**
 * Runs a task on a new machine in its own home folder. Removes the machine and the folder afterwards. In a smoke run,
 * all tasks run on one shared machine.
 */
export async function onMachine<T>(
  task: (bench: BenchMachine) => Promise<T>,
  { smoke, mounts }: BenchOptions & { mounts?: Mounts } = {},
): Promise<T> {
  if (smoke !== undefined) return onSharedMachine(task, smoke.bench)
  const home = await mkdtemp(join(tmpdir(), 'berth-bench-'))
  const made = newMachine({
    paths: homePaths(home),
    settings: () => defaultMachineSettings(hostSize()),
    ...(mounts ? { mountsPort: mounts, suspendParticipants: [mounts.suspendParticipant] } : {}),
  })
  const { machine, engine, paths } = made
  try {
    await machine.start()
    await engine.images.import(busybox, Readable.from([await busyboxTar()]))
    const port = await freePort()
    await machine.hostForward.add({
      protocol: 'tcp',
      hostAddress: '127.0.0.1',
      hostPort: port,
      guestPort: 22,
    })
    const { config, folder } = await sshConfiguration(home, port, await machineKeys(paths.machine))
    return await task({ ...made, ssh: { port, config }, sshFolder: folder })
  } finally {
    engine.close()
    await machine.stop()
    await rm(home, { recursive: true, force: true })
  }
}

/** Runs a task, then removes all containers, so that the next benchmark starts without containers. */
async function onSharedMachine<T>(
  task: (bench: BenchMachine) => Promise<T>,
  bench: BenchMachine,
): Promise<T> {
  try {
    return await task(bench)
  } finally {
    const { containers } = bench.engine
    for (const { id } of await containers.list()) await containers.remove(id, { force: true, volumes: true })
  }
}

async function sshConfiguration(home: string, port: number, keys: Awaited<ReturnType<typeof machineKeys>>) {
  const folder = join(home, 'openssh')
  await mkdir(folder)
  const [config, identity, knownHosts] = [
    join(folder, 'config'),
    join(folder, 'key'),
    join(folder, 'known_hosts'),
  ]
  await writeFile(identity, keys.client.privateKey, { mode: 0o600 })
  await writeFile(knownHosts, `[127.0.0.1]:${String(port)} ${keys.host.publicKey}\n`)
  await writeFile(
    config,
    [
      'Host *',
      `IdentityFile ${identity}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${knownHosts}`,
      'StrictHostKeyChecking yes',
      'BatchMode yes',
      'LogLevel ERROR',
      '',
    ].join('\n'),
  )
  const wrapper = join(folder, 'ssh')
  await writeFile(wrapper, `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`)
  await chmod(wrapper, 0o755)
  return { config, folder }
}
