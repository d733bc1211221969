import { once } from 'node:events'
import { EngineState } from '../src/main/engine'
import { Isolation } from '../src/main/isolation'
import { delay } from '../src/main/lib'
import { Stack } from '../src/main/stack'
import { idleContainer } from '../test/support/busybox-image'
import { qemuPid } from '../test/support/qemu-record'
import { dockerStats } from './support/docker-stats'
import { onMachine, type BenchMachine } from './support/machine'
import { cpuShare } from './support/processor-time'
import { median, type BenchOptions, type BenchResult } from './support/result'

/** Milliseconds of one measurement, and the number of rounds. */
const full = { measured: 30_000, settle: 5_000, rounds: 3 }
const smallest = { measured: 500, settle: 0, rounds: 1 }
type Size = typeof full

/** Shares of one processor. */
interface Use {
  app: number
  machine: number
}

/**
 * Measures the processor time of an open Stack page and of an open Isolation tab while nothing happens, in Berth's
 * services and in the machine. Compares them with `docker stats` of the host's Docker CLI, which shows less.
 */
export default function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  return onMachine(
    async (bench) => {
      const { machine, engine, log, paths } = bench
      const { id } = await engine.containers.create({ ...idleContainer, command: ['sleep', '100000'] })
      await engine.containers.start(id)
      const state = new EngineState({ engine, link: machine.link, log })
      const listed = once(state, 'change')
      state.start()
      try {
        await listed
        const { link } = machine
        const stack = new Stack({ folder: paths.home, log, machine, link, state, engine })
        const isolation = new Isolation({ link, engine, state })
        return await compare(bench, {
          views: {
            stack: () => watchStack(stack),
            isolation: () => watchIsolation(isolation, id),
          },
          size: smoke ? smallest : full,
        })
      } finally {
        state.stop()
      }
    },
    { smoke },
  )
}

/** Returns a function that ends the watch. */
function watchStack(stack: Stack): () => Promise<void> {
  const end = stack.watch().subscribe(() => undefined)
  return () => {
    end()
    return Promise.resolve()
  }
}

/** Returns a function that ends the watch. */
function watchIsolation(isolation: Isolation, id: string): () => Promise<void> {
  const leave = new AbortController()
  const reading = (async () => {
    const events = isolation.watch(id, leave.signal)
    while ((await events.next()).done !== true);
  })()
  return () => {
    leave.abort()
    return reading
  }
}

/** Each begins a watch, and returns a function that ends it. */
type Views = Record<'stack' | 'isolation', () => () => Promise<void>>

async function compare(
  bench: BenchMachine,
  { views, size }: { views: Views; size: Size },
): Promise<BenchResult> {
  const { measured, settle, rounds } = size
  const qemu = await qemuPid(bench.paths)
  const uses = { idle: [] as Use[], stack: [] as Use[], isolation: [] as Use[] }
  const peer: number[] = []
  const measure = async (): Promise<Use> => {
    await delay(settle)
    const [app, machine] = await Promise.all([cpuShare([process.pid], measured), cpuShare([qemu], measured)])
    return { app, machine }
  }
  // All take turns, so that other load on the host affects them equally.
  for (let round = 0; round < rounds; round++) {
    uses.idle.push(await measure())
    for (const view of ['stack', 'isolation'] as const) {
      const end = views[view]()
      uses[view].push(await measure())
      await end()
    }
    peer.push(await dockerStats(bench, { qemu, count: 1, measured, settle }))
  }
  const middle = (list: Use[], part: keyof Use) => median(list.map((use) => use[part]))
  const idle = { app: middle(uses.idle, 'app'), machine: middle(uses.idle, 'machine') }
  const cost = (list: Use[]): Use => ({
    app: Math.max(0, middle(list, 'app') - idle.app),
    machine: Math.max(0, middle(list, 'machine') - idle.machine),
  })
  const [stack, isolation] = [cost(uses.stack), cost(uses.isolation)]
  const other = median(peer) - idle.machine
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  const row = (name: string, { app, machine }: Use) => [name, percent(app), percent(machine)]
  return {
    name: 'observe',
    ratios: {
      stack_docker_stats: (stack.app + stack.machine) / other,
      isolation_docker_stats: (isolation.app + isolation.machine) / other,
    },
    figures: {
      stack_app_cpu_percent: 100 * stack.app,
      stack_machine_cpu_percent: 100 * stack.machine,
      isolation_app_cpu_percent: 100 * isolation.app,
      isolation_machine_cpu_percent: 100 * isolation.machine,
      docker_stats_cpu_percent: 100 * other,
    },
    table: [
      ['more than idle', 'Berth', 'machine'],
      row('Stack page', stack),
      row('Isolation tab', isolation),
      ['docker stats', percent(other), '(both together)'],
      row('(idle)', idle),
    ],
  }
}
