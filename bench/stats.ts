import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { EngineState } from '../src/main/engine'
import { delay } from '../src/main/lib'
import { ContainerStats } from '../src/main/stats'
import { idleContainer } from '../test/support/busybox-image'
import { qemuPid } from '../test/support/qemu-record'
import { onMachine, type BenchMachine } from './support/machine'
import { cpuShare } from './support/processor-time'
import { median, type BenchOptions, type BenchResult } from './support/result'

/** The environment variable `BERTH_BENCH_CONTAINERS` replaces this number. */
const allContainers = 100
/** Milliseconds of one measurement, and the number of rounds. */
const full = { measured: 20_000, settle: 5_000, rounds: 2 }
const smallest = { measured: 2_000, settle: 0, rounds: 1 }

/**
 * Measures the processor time to read CPU and memory of many running containers each second. Compares Berth with
 * `docker stats` of the host's Docker CLI, which reaches the engine through one OpenSSH connection. Both count the
 * machine (QEMU) and their own processes, less the time that the machine needs anyway.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const count = smoke ? 3 : Number(process.env.BERTH_BENCH_CONTAINERS ?? allContainers)
  return onMachine(
    async (bench) => {
      await startContainers(bench, count)
      const { machine, engine, log } = bench
      const state = new EngineState({ engine, link: machine.link, log })
      const stats = new ContainerStats({ link: machine.link, state, engine, log })
      const listed = once(state, 'change')
      state.start()
      try {
        await listed
        return await compare(bench, stats, { count, ...(smoke ? smallest : full) })
      } finally {
        stats.close()
        state.stop()
      }
    },
    { smoke },
  )
}

async function startContainers({ engine }: BenchMachine, count: number): Promise<void> {
  // One after the other: on a busy computer, simultaneous starts fail to create their network interfaces (EAGAIN).
  for (let started = 0; started < count; started++) {
    const { id } = await engine.containers.create({ ...idleContainer, command: ['sleep', '100000'] })
    await engine.containers.start(id)
  }
}

interface Size {
  count: number
  measured: number
  settle: number
  rounds: number
}

async function compare(
  bench: BenchMachine,
  stats: ContainerStats,
  { count, measured, settle, rounds }: Size,
): Promise<BenchResult> {
  const qemu = await qemuPid(bench.paths)
  const idle: number[] = []
  const ours: number[] = []
  const theirs: number[] = []
  let points = 0
  // All take turns, so that other load on the host affects them equally.
  for (let round = 0; round < rounds; round++) {
    await delay(settle)
    idle.push(await cpuShare([qemu, process.pid], measured))
    const end = stats.watch().subscribe((event) => {
      if (event.type === 'points') points += event.points.length
    })
    await delay(settle)
    points = 0
    ours.push(await cpuShare([qemu, process.pid], measured))
    end()
    await delay(settle)
    theirs.push(await dockerStats(bench, { qemu, count, measured, settle }))
  }
  if (points === 0) throw new Error('Berth has measured no container')
  const [idleShare, ownShare, otherShare] = [median(idle), median(ours), median(theirs)]
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const [own, other] = [Math.max(0, ownShare - idleShare), otherShare - idleShare]
  return {
    name: 'stats',
    ratios: { docker_stats: own / other },
    figures: {
      containers: count,
      idle_cpu_percent: 100 * idleShare,
      berth_cpu_percent: 100 * own,
      docker_stats_cpu_percent: 100 * other,
      berth_points_per_container_second: points / count / (measured / 1000),
    },
    table: [
      [`${String(count)} containers, each second`, 'processor time', 'in all'],
      ['Berth', percent(own), percent(ownShare)],
      ['docker stats', percent(other), percent(otherShare)],
      ['(nothing)', '', percent(idleShare)],
    ],
  }
}

async function dockerStats(
  { ssh, sshFolder }: BenchMachine,
  { qemu, count, measured, settle }: { qemu: number; count: number; measured: number; settle: number },
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
