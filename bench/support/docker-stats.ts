import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { delay } from '../../src/main/lib'
import type { BenchMachine } from './machine'
import { cpuShare } from './processor-time'

interface DockerStatsOptions {
  /** The process of the machine. */
  qemu: number
  /** The number of running containers. */
  count: number
  /** Milliseconds of the measurement, and of the wait before it. */
  measured: number
  settle: number
}

/**
 * Runs `docker stats` of the host's Docker CLI, which reaches the engine through one OpenSSH connection. Returns the
 * share of one processor that the machine (QEMU), the CLI and OpenSSH use together.
 */
export async function dockerStats(
  { ssh, sshFolder }: BenchMachine,
  { qemu, count, measured, settle }: DockerStatsOptions,
): Promise<number> {
  const socket = join(sshFolder, 'stats.sock')
  const address = ['-p', String(ssh.port), 'root@127.0.0.1']
  const options = ['-F', ssh.config, '-N', '-o', 'StreamLocalBindUnlink=yes']
  const tunnel = execa('ssh', [...options, '-L', `${socket}:/var/run/docker.sock`, ...address], {
    reject: false,
  })
  try {
    await listening(socket)
    const cli = execa('docker', ['stats', '--format', '{{.ID}} {{.CPUPerc}} {{.MemUsage}}'], {
      env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: sshFolder },
      reject: false,
      buffer: false,
    })
    await new Promise<void>((resolve, reject) => {
      let output = ''
      cli.stdout.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-200 * count)
        // The CLI shows `--` until it has the numbers of a container.
        if (/\d%/.test(output)) resolve()
      })
      cli.once('exit', () => {
        reject(new Error('docker stats ended before it showed a number'))
      })
    })
    await delay(settle)
    const share = await cpuShare([qemu, pidOf(cli), pidOf(tunnel)], measured)
    cli.kill()
    await cli
    return share
  } finally {
    tunnel.kill()
    await tunnel
    // ssh leaves its socket behind. The next round must not take it for the socket of its own tunnel.
    await rm(socket, { force: true })
  }
}

/** Resolves when a program accepts connections to this Unix socket. */
async function listening(path: string): Promise<void> {
  for (;;) {
    const socket = createConnection(path)
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (accepted) return
    await delay(50)
  }
}

function pidOf({ pid }: { pid?: number | undefined }): number {
  if (pid === undefined) throw new Error('a program cannot be run')
  return pid
}
