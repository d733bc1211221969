import { once } from 'node:events'
import { EngineState } from '../src/main/engine'
import { delay } from '../src/main/lib'
import { ContainerStats } from '../src/main/stats'
import { idleContainer } from '../test/support/busybox-image'
import { qemuPid } from '../test/support/qemu-record'
import { dockerStats } from './support/docker-stats'
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
