import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { DockerSocket } from '../src/main/docker-socket/docker-socket'
import { engineSocketPath } from '../src/main/engine/client'
import { idleContainer } from '../test/support/busybox-image'
import { onMachine, type BenchMachine } from './support/machine'
import { median, timed, type BenchOptions, type BenchResult } from './support/result'

const allCalls = 200
const containers = 10

/**
 * Measures `docker ps` of the host's Docker CLI through Berth's socket. Compares it with `docker -H ssh://`, where all
 * calls share one OpenSSH connection (ControlMaster). Both times include the start of the CLI.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  return onMachine(
    async (bench) => {
      for (let index = 0; index < containers; index++) await bench.engine.containers.create(idleContainer)
      const { machine, log, ssh, sshFolder } = bench
      const path = join(sshFolder, 'docker.sock')
      const openEngine = () => machine.link.openUnixSocket(engineSocketPath)
      const socket = new DockerSocket({ path, platform: process.platform, log, openEngine })
      await socket.listen()
      const sharing = await sharedConnection(bench)
      try {
        const environment = { DOCKER_CONFIG: sshFolder, PATH: `${sharing}:${process.env.PATH ?? ''}` }
        return await compare(
          smoke ? 1 : allCalls,
          () => list({ ...environment, DOCKER_HOST: `unix://${path}` }),
          () => list({ ...environment, DOCKER_HOST: `ssh://root@127.0.0.1:${String(ssh.port)}` }),
        )
      } finally {
        await execa(join(sharing, 'ssh'), ['-O', 'exit', '-p', String(ssh.port), 'root@127.0.0.1'], {
          reject: false,
        })
        await socket.close()
      }
    },
    { smoke },
  )
}

async function compare(
  calls: number,
  own: () => Promise<void>,
  other: () => Promise<void>,
): Promise<BenchResult> {
  const ours: number[] = []
  const theirs: number[] = []
  // The first call of Berth and of the peer opens the connection that the later calls share.
  await own()
  await other()
  // Berth and the peer take turns, so that other load on the host affects them equally.
  for (let call = 0; call < calls; call++) {
    ours.push(await timed(own))
    theirs.push(await timed(other))
  }
  const figures = { berth_seconds: sum(ours), docker_ssh_seconds: sum(theirs) }
  return {
    name: 'socket',
    ratios: { docker_ssh: figures.berth_seconds / figures.docker_ssh_seconds },
    figures,
    table: [
      [`${String(calls)} × docker ps`, 'total', 'median'],
      row('Berth’s socket', ours),
      row('docker -H ssh://, shared connection', theirs),
    ],
  }
}

/** Makes a folder with a program `ssh` that opens one connection and keeps it open for later calls. */
async function sharedConnection({ sshFolder, ssh }: BenchMachine): Promise<string> {
  const folder = join(sshFolder, 'sharing')
  await mkdir(folder)
  const wrapper = join(folder, 'ssh')
  const options = `-o ControlMaster=auto -o ControlPersist=600 -o ControlPath='${join(folder, 'control')}'`
  await writeFile(wrapper, `#!/bin/sh\nexec /usr/bin/ssh -F '${ssh.config}' ${options} "$@"\n`)
  await chmod(wrapper, 0o755)
  return folder
}

async function list(env: Record<string, string>): Promise<void> {
  const { stdout } = await execa('docker', ['ps', '--all', '--quiet'], { env })
  const count = stdout.split('\n').length
  if (count !== containers) throw new Error(`${String(count)} containers instead of ${String(containers)}`)
}

function row(name: string, seconds: number[]): string[] {
  return [name, `${sum(seconds).toFixed(1)} s`, `${(median(seconds) * 1000).toFixed(0)} ms`]
}

function sum(seconds: number[]): number {
  return seconds.reduce((total, each) => total + each, 0)
}
