import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { freePort } from '../../src/main/lib/free-port'
import { Engine } from '../../src/main/engine/engine'
import { createLog, type Logger } from '../../src/main/host/log'
import { berthPaths } from '../../src/main/host/paths'
import { defaultMachineSettings, hostSize } from '../../src/main/settings/settings-defaults'
import { Machine } from '../../src/main/machine/machine'
import type { MountsPort } from '../../src/main/qemu/mounts-port'
import { machineKeys } from '../../src/main/machine/keys'
import { busyboxTar } from '../../test/support/busybox-image'

/** The image that a benchmark may run. */
export const busybox = 'busybox:latest'

export interface BenchMachine {
  machine: Machine
  engine: Engine
  log: Logger
  /** The peers' way in: the machine's sshd on a loopback port, and what OpenSSH needs to log in there as root. */
  ssh: { port: number; config: string }
  /** A folder with an `ssh` of that configuration, for programs that run `ssh` without options of their own. */
  sshFolder: string
}

/** Runs a task on a fresh machine in a home of its own, and leaves nothing of it behind. */
export async function onMachine<T>(
  task: (bench: BenchMachine) => Promise<T>,
  mountsPort?: MountsPort,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'berth-bench-'))
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const guests = process.env.BERTH_GUEST_CACHE ?? join(cache, 'berth', 'guest')
  const paths = berthPaths(
    { BERTH_GUEST_CACHE: guests, BERTH_GUEST_IMAGE: process.env.BERTH_GUEST_IMAGE, BERTH_HOME: home },
    process.platform,
  )
  const log = createLog(paths.logs)
  const machine = new Machine({
    paths,
    log,
    settings: () => defaultMachineSettings(hostSize()),
    waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
    ...(mountsPort ? { mountsPort } : {}),
  })
  const engine = new Engine({ link: machine.link })
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
    return await task({ machine, engine, log, ssh: { port, config }, sshFolder: folder })
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
