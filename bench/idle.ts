import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBerth, type Berth } from '../src/main/berth'
import { createLog } from '../src/main/host/log'
import { delay } from '../src/main/lib'
import { defaultSettings } from '../src/main/settings/settings-defaults'
import type { Accelerator } from '../src/shared/machine'
import { homePaths } from '../test/support/new-machine'
import { qemuPid } from '../test/support/qemu-record'
import { acceleratorOf, comparedSize, type SmokeRun } from './support/machine'
import { cpuShare } from './support/processor-time'
import { timed, type BenchOptions, type BenchResult } from './support/result'
import { bootStockDebian, stockDebian } from './support/stock-debian'

/**
 * Durations in milliseconds. `settle` is the wait after the start, until the machine counts as idle. `watch` is the
 * duration of the measurement of the running machine. `paused` is that of the paused machine.
 */
const full = { settle: 40_000, watch: 60_000, paused: 15_000 }
const smallest: Durations = { settle: 0, watch: 200, paused: 200 }
type Durations = typeof full

interface Idle {
  /** Share of one processor, 0 to 1. */
  cpu: number
  /** MiB of the guest's memory that are in use. */
  guest: number
  /** MiB of the host's memory. */
  host: number
}

/**
 * Measures CPU and memory of an idle engine over one minute. Compares Berth (QEMU and the app) with a stock Debian 13
 * in the same QEMU.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-idle-'))
  try {
    const ours = await (smoke
      ? measure(smoke.bench, await qemuPid(smoke.bench.paths), smallest)
      : idleBerth(join(folder, 'home')))
    const stock = await idleStock(folder, ours.accelerator, smoke)
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`
    const mebibytes = (value: number) => `${value.toFixed(0)} MiB`
    return {
      name: 'idle',
      ratios: {
        stock_cpu: ours.cpu / stock.cpu,
        stock_guest_memory: ours.guest / stock.guest,
        stock_host_memory: ours.host / stock.host,
      },
      figures: {
        berth_cpu_percent: 100 * ours.cpu,
        berth_guest_mebibytes: ours.guest,
        berth_host_mebibytes: ours.host,
        berth_app_mebibytes: ours.app,
        berth_paused_cpu_percent: 100 * ours.paused,
        berth_wake_milliseconds: 1000 * ours.wake,
        stock_cpu_percent: 100 * stock.cpu,
        stock_guest_mebibytes: stock.guest,
        stock_host_mebibytes: stock.host,
      },
      table: [
        ['idle engine, one minute', 'CPU', 'guest memory', 'host memory'],
        ['Berth and its QEMU', percent(ours.cpu), mebibytes(ours.guest), mebibytes(ours.host)],
        ['Debian 13, docker.io', percent(stock.cpu), mebibytes(stock.guest), mebibytes(stock.host)],
        ['(Berth, paused)', percent(ours.paused), `wakes in ${(1000 * ours.wake).toFixed(0)} ms`, ''],
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function idleBerth(home: string) {
  const paths = homePaths(home)
  const defaults = defaultSettings()
  const berth = await createBerth({
    paths,
    log: createLog(paths.logs),
    host: { kind: 'headless', version: '0', program: [], quit: () => undefined },
    env: process.env,
    platform: 'linux',
    defaults: {
      ...defaults,
      machine: comparedSize,
      power: { pauseAfterMinutes: 0, suspendOnQuit: false },
      docker: { context: false, useContext: false },
    },
  })
  try {
    await berth.start()
    return await measure(berth, await qemuPid(paths), full)
  } finally {
    await berth.shutdown()
  }
}

async function measure(
  { machine, engine }: Pick<Berth, 'machine' | 'engine'>,
  qemu: number,
  milliseconds: Durations,
) {
  const accelerator = acceleratorOf(machine)
  await delay(milliseconds.settle)
  const cpu = await cpuShare([qemu, process.pid], milliseconds.watch)
  const app = await memory(process.pid)
  const host = (await memory(qemu)) + app
  const guest = await guestMemory(machine)
  await machine.pause()
  const paused = await cpuShare([qemu], milliseconds.paused)
  const wake = await timed(() => engine.ping())
  return { cpu, guest, host, app, paused, wake, accelerator }
}

async function idleStock(folder: string, accelerator: Accelerator, smoke?: SmokeRun): Promise<Idle> {
  const milliseconds = smoke ? smallest : full
  const machine = bootStockDebian(await stockDebian(folder, smoke), accelerator)
  const { pid } = machine.qemu
  if (pid === undefined) throw new Error('QEMU cannot be run')
  const measured = { cpu: Number.NaN, guest: Number.NaN, host: Number.NaN }
  for await (const line of machine.lines()) {
    if (line.includes('stock: ready')) {
      await delay(milliseconds.settle)
      measured.cpu = await cpuShare([pid], milliseconds.watch)
      measured.host = await memory(pid)
    }
    const [, kibibytes] = /stock: memory (\d+)/.exec(line) ?? []
    if (kibibytes === undefined) continue
    measured.guest = Number(kibibytes) / 1024
    break
  }
  await machine.end('quit')
  return measured
}

async function guestMemory(machine: Berth['machine']): Promise<number> {
  const script = "awk '/^MemTotal/ { all = $2 } /^MemAvailable/ { print all - $2 }' /proc/meminfo"
  return Number((await machine.link.exec(script)).stdout) / 1024
}

/** MiB of the host's memory that a process uses. A page that several processes share counts in part (Pss). */
async function memory(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / 1024
}
