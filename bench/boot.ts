import { execa } from 'execa'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Engine } from '../src/main/engine/engine'
import { createLog } from '../src/main/host/log'
import { berthPaths } from '../src/main/host/paths'
import { Machine } from '../src/main/machine/machine'
import type { Accelerator } from '../src/shared/machine'
import { timed, type BenchResult } from './support/result'

const size = { cpus: 2, memoryMiB: 2048, diskGiB: 64 }

interface Boots {
  /** Seconds from nothing to an engine that answers. */
  first: number
  /** The same with a disk that has been used before. */
  second: number
}

/**
 * Power-on to a ready Docker Engine: ours, and a stock Debian 13 with systemd, cloud-init and docker.io in the same
 * QEMU with the same accelerator, processors and memory. The second boot is what a user waits for every day.
 */
export default async function (): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-bench-boot-'))
  try {
    const { accelerator, ...ours } = await bootBerth(folder)
    const stock = await bootStock(folder, accelerator)
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

async function bootBerth(folder: string): Promise<Boots & { accelerator: Accelerator }> {
  const cache = berthPaths({ ...process.env, BERTH_HOME: undefined }, process.platform).guestCache
  const paths = berthPaths({ BERTH_HOME: join(folder, 'home'), BERTH_GUEST_CACHE: cache }, process.platform)
  const machine = new Machine({
    paths,
    log: createLog(paths.logs),
    settings: () => size,
    waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
  })
  try {
    // An installation's very first start also finds out which accelerator works; only the others are boots.
    await machine.start()
    const { accelerator } = machine.state
    if (accelerator === undefined) throw new Error('the machine runs without an accelerator')
    await machine.stop()
    await rm(join(paths.machine, 'data.qcow2'))
    const first = await timed(() => machine.start())
    await machine.stop()
    const second = await timed(() => machine.start())
    return { first, second, accelerator: accelerator.name }
  } finally {
    await machine.stop()
  }
}

async function bootStock(folder: string, accelerator: Accelerator): Promise<Boots> {
  const { stdout } = await execa('bench/stock-debian/build.sh', { stderr: 'inherit' })
  const image = stdout.trim()
  const disk = join(folder, 'stock.qcow2')
  // On an overlay the first boot is one every time.
  await execa('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    'qcow2',
    '-b',
    join(image, 'disk.qcow2'),
    disk,
  ])
  const args = stockArguments(image, disk, accelerator)
  return { first: await bootStockOnce(args), second: await bootStockOnce(args) }
}

export function stockArguments(image: string, disk: string, accelerator: Accelerator): string[] {
  const processor =
    accelerator === 'tcg'
      ? ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,-cx16']
      : ['-accel', accelerator, '-cpu', 'host']
  return [
    ...['-machine', 'q35', ...processor, '-m', String(size.memoryMiB), '-smp', String(size.cpus)],
    ...['-no-reboot', '-nodefaults', '-display', 'none', '-serial', 'mon:stdio'],
    ...['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd.img')],
    ...['-append', 'root=/dev/vda rw console=ttyS0 quiet'],
    ...['-drive', `if=none,id=disk,file=${disk},format=qcow2,discard=unmap`],
    ...[
      '-device',
      'virtio-blk-pci,drive=disk',
      '-netdev',
      'user,id=net0',
      '-device',
      'virtio-net-pci,netdev=net0',
    ],
    ...['-device', 'virtio-rng-pci'],
  ]
}

/** Seconds until the machine says that its engine answers; it is powered off after that. */
async function bootStockOnce(args: string[]): Promise<number> {
  const qemu = execa('qemu-system-x86_64', args, {
    stdin: 'pipe',
    stdout: 'pipe',
    buffer: false,
    reject: false,
  })
  const seconds = await timed(async () => {
    for await (const line of createInterface({ input: qemu.stdout }))
      if (line.includes('stock: ready')) return
    throw new Error('the stock machine ended before its engine was ready')
  })
  qemu.stdout.resume()
  // Ctrl-A c leads from the console to QEMU's monitor.
  qemu.stdin.write('\x01csystem_powerdown\n')
  await qemu
  return seconds
}
