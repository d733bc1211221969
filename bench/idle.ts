import { execa } from 'execa'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createBerth, type Berth } from '../src/main/berth'
import { createLog } from '../src/main/host/log'
import { berthPaths } from '../src/main/host/paths'
import { defaultSettings } from '../src/main/settings/settings-defaults'
import type { Accelerator } from '../src/shared/machine'
import { qemuPid } from '../test/support/qemu-record'
import { stockArguments } from './boot'
import { timed, type BenchResult } from './support/result'

/** Milliseconds until a machine that has just started is idle, and for which it is watched then. */
const settleMs = 40_000
const watchMs = 60_000
const pausedMs = 15_000
const ticksPerSecond = 100

interface Idle {
  /** Share of one processor, 0 to 1. */
  cpu: number
  /** MiB that the guest has in use. */
  guest: number
  /** MiB of the host. */
  host: number
}

/** An idle engine for a minute: what Berth (QEMU and the app) takes, against a stock Debian 13 in the same QEMU. */
export default async function (): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-idle-'))
  try {
    const ours = await idleBerth(folder)
    const stock = await idleStock(folder, ours.accelerator)
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

async function idleBerth(folder: string) {
  const { guestCache, guestImage } = berthPaths({ ...process.env, BERTH_HOME: undefined }, process.platform)
  const paths = {
    ...berthPaths({ BERTH_HOME: join(folder, 'home') }, process.platform),
    guestCache,
    ...(guestImage === undefined ? {} : { guestImage }),
  }
  const defaults = defaultSettings()
  const berth = await createBerth({
    paths,
    log: createLog(paths.logs),
    host: { kind: 'headless', version: '0', quit: () => undefined },
    env: process.env,
    platform: 'linux',
    defaults: {
      ...defaults,
      machine: { cpus: 2, memoryMiB: 2048, diskGiB: 64 },
      power: { pauseAfterMinutes: 0, suspendOnQuit: false },
      docker: { context: false, useContext: false },
    },
  })
  try {
    await berth.start()
    const { accelerator } = berth.machine.state
    if (accelerator === undefined) throw new Error('the machine runs without an accelerator')
    await delay(settleMs)
    const qemu = await qemuPid(paths)
    const shares = await Promise.all([cpuShare(qemu, watchMs), cpuShare(process.pid, watchMs)])
    const cpu = shares[0] + shares[1]
    const app = await memory(process.pid)
    const host = (await memory(qemu)) + app
    const guest = await guestMemory(berth)
    await berth.machine.pause()
    const paused = await cpuShare(qemu, pausedMs)
    const wake = await timed(() => berth.engine.ping())
    return { cpu, guest, host, app, paused, wake, accelerator: accelerator.name }
  } finally {
    await berth.shutdown()
  }
}

async function idleStock(folder: string, accelerator: Accelerator): Promise<Idle> {
  const { stdout } = await execa('bench/stock-debian/build.sh', { stderr: 'inherit' })
  const image = stdout.trim()
  const disk = join(folder, 'stock.qcow2')
  const backing = join(image, 'disk.qcow2')
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, disk])
  const qemu = execa('qemu-system-x86_64', stockArguments(image, disk, accelerator), {
    stdin: 'pipe',
    stdout: 'pipe',
    buffer: false,
    reject: false,
  })
  const pid = qemu.pid
  if (pid === undefined) throw new Error('QEMU cannot be run')
  const measured = { cpu: Number.NaN, guest: Number.NaN, host: Number.NaN }
  for await (const line of createInterface({ input: qemu.stdout })) {
    if (line.includes('stock: ready')) {
      await delay(settleMs)
      measured.cpu = await cpuShare(pid, watchMs)
      measured.host = await memory(pid)
    }
    const [, kibibytes] = /stock: memory (\d+)/.exec(line) ?? []
    if (kibibytes === undefined) continue
    measured.guest = Number(kibibytes) / 1024
    break
  }
  qemu.stdout.resume()
  // Ctrl-A c leads from the console to QEMU's monitor.
  qemu.stdin.write('\x01cquit\n')
  await qemu
  return measured
}

async function guestMemory({ machine }: Berth): Promise<number> {
  const script = "awk '/^MemTotal/ { all = $2 } /^MemAvailable/ { print all - $2 }' /proc/meminfo"
  return Number((await machine.link.exec(script)).stdout) / 1024
}

/** The share of one processor that a process takes over a time. */
async function cpuShare(pid: number, milliseconds: number): Promise<number> {
  const [before, begin] = [await cpuSeconds(pid), performance.now()]
  await delay(milliseconds)
  return ((await cpuSeconds(pid)) - before) / ((performance.now() - begin) / 1000)
}

/** proc(5): user and system time are the fields 14 and 15 of `stat`, in clock ticks. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** MiB of the host that a process takes, its share of what it shares with others. */
async function memory(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / 1024
}
