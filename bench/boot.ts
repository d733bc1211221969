import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Accelerator } from '../src/shared/machine'
import { homePaths, newMachine } from '../test/support/new-machine'
import { acceleratorOf, comparedSize, type SmokeRun } from './support/machine'
import { timed, type BenchOptions, type BenchResult } from './support/result'
import { bootStockDebian, stockDebian, type StockDebian } from './support/stock-debian'

interface Boots {
  /** Seconds from power-on to an engine that answers, with a new disk. */
  first: number
  /** Seconds from power-on to an engine that answers, with a disk that has been used before. */
  second: number
}

/**
 * Measures the time from power-on to a ready Docker Engine. Compares Berth with a stock Debian 13 (systemd, cloud-init
 * and docker.io) in the same QEMU, with the same accelerator, processors and memory. Users wait for the second boot
 * every day.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-boot-'))
  try {
    const { accelerator, ...ours } = await (smoke ? bootOnce(smoke) : bootBerth(join(folder, 'home')))
    const stock = await bootStock(folder, accelerator, smoke)
    const row = (name: string, { first, second }: Boots) => [
      name,
      `${first.toFixed(1)} s`,
      `${second.toFixed(1)} s`,
    ]
    return {
      name: 'boot',
      ratios: { stock: ours.second / stock.second },
      figures: {
        berth_first_seconds: ours.first,
        berth_second_seconds: ours.second,
        stock_first_seconds: stock.first,
        stock_second_seconds: stock.second,
      },
      table: [
        ['power-on to a ready engine', 'first boot', 'second boot'],
        row('Berth', ours),
        row('Debian 13, docker.io', stock),
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface BerthBoots extends Boots {
  accelerator: Accelerator
}

/** Boots the shared machine of a smoke run, and leaves the machine running. */
async function bootOnce({ bench: { machine } }: SmokeRun): Promise<BerthBoots> {
  await machine.stop()
  const seconds = await timed(() => machine.start())
  return { first: seconds, second: seconds, accelerator: acceleratorOf(machine) }
}

async function bootBerth(home: string): Promise<BerthBoots> {
  const paths = homePaths(home)
  const { machine } = newMachine({ paths, settings: () => comparedSize })
  try {
    // The first start of an installation is not measured, because it also finds out which accelerator works.
    await machine.start()
    const accelerator = acceleratorOf(machine)
    await machine.stop()
    await rm(join(paths.machine, 'data.qcow2'))
    const first = await timed(() => machine.start())
    await machine.stop()
    const second = await timed(() => machine.start())
    return { first, second, accelerator }
  } finally {
    await machine.stop()
  }
}

async function bootStock(folder: string, accelerator: Accelerator, smoke?: SmokeRun): Promise<Boots> {
  const stock = await stockDebian(folder, smoke)
  const first = await bootStockOnce(stock, accelerator)
  return { first, second: smoke ? first : await bootStockOnce(stock, accelerator) }
}

/** Returns the seconds until the machine reports that its engine answers. Then powers the machine off. */
async function bootStockOnce(stock: StockDebian, accelerator: Accelerator): Promise<number> {
  const machine = bootStockDebian(stock, accelerator)
  const seconds = await timed(async () => {
    for await (const line of machine.lines()) if (line.includes('stock: ready')) return
    throw new Error('the stock machine ended before its engine was ready')
  })
  await machine.end('system_powerdown')
  return seconds
}
