import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { freePort } from '../../src/main/lib/net'
import { machineKeys } from '../../src/main/machine/ssh-keys'
import type { MountsPort } from '../../src/main/qemu/mounts-port'
import { defaultMachineSettings, hostSize } from '../../src/main/settings/settings-defaults'
import { busyboxTar } from '../../test/support/busybox-image'
import { homePaths, newMachine, type NewMachine } from '../../test/support/new-machine'

/** The Docker image that benchmarks run. */
export const busybox = 'busybox:latest'

/** The size of a machine whose boot, resume or idle load is compared with another machine's. */
export const comparedSize = { cpus: 2, memoryMiB: 2048, diskGiB: 64 }

export interface BenchMachine extends NewMachine {
  /** How peers reach the machine: a loopback port of its sshd, and the OpenSSH configuration to log in as root. */
  ssh: { port: number; config: string }
  /** A folder with an `ssh` that uses this configuration, for programs that run `ssh` without options. */
  sshFolder: string
}

/** Runs a task on a fresh machine in a home of its own, and removes both afterwards. */
export async function onMachine<T>(
  task: (bench: BenchMachine) => Promise<T>,
  mountsPort?: MountsPort,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'berth-bench-'))
  const made = newMachine({
    paths: homePaths(home),
    settings: () => defaultMachineSettings(hostSize()),
    ...(mountsPort ? { mountsPort } : {}),
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
