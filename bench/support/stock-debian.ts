import { execa } from 'execa'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Accelerator } from '../../src/shared/machine'
import { comparedSize, type SmokeRun } from './machine'

/** A stock Debian 13 with systemd, cloud-init and docker.io: see bench/stock-debian/README.md. */
export interface StockDebian {
  image: string
  /** An overlay on the cached disk. Each run has a new overlay, so each run begins with a first boot of the system. */
  disk: string
}

/**
 * Builds the stock Debian, unless it is cached. Makes an overlay on the cached disk, in `folder`. A smoke run builds a
 * small system in its own cache instead. The small system only prints the lines for which the benchmarks wait.
 */
export async function stockDebian(folder: string, smoke?: SmokeRun): Promise<StockDebian> {
  if (process.arch !== 'x64') throw new Error('the stock Debian to compare with needs an x86_64 computer')
  const { PATH = '' } = process.env
  const env = smoke && { PATH: `${smoke.buildTools}:${PATH}`, BERTH_GUEST_CACHE: folder }
  const { stdout } = await execa('bench/stock-debian/build.sh', { stderr: 'inherit', ...(env && { env }) })
  const image = stdout.trim()
  const disk = join(folder, 'stock.qcow2')
  const backing = join(image, 'disk.qcow2')
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, disk])
  return { image, disk }
}

/** Boots the stock Debian with its serial console on standard output. */
export function bootStockDebian(stock: StockDebian, accelerator: Accelerator) {
  const qemu = execa('qemu-system-x86_64', qemuArguments(stock, accelerator), {
    stdin: 'pipe',
    stdout: 'pipe',
    buffer: false,
    reject: false,
  })
  return {
    qemu,
    /** The lines of the console from now on. */
    lines: () => createInterface({ input: qemu.stdout }),
    /** Sends a command to QEMU's monitor and waits until QEMU has ended. */
    async end(command: 'system_powerdown' | 'quit'): Promise<void> {
      qemu.stdout.resume()
      // Ctrl-A c switches the console to QEMU's monitor.
      qemu.stdin.write(`\x01c${command}\n`)
      await qemu
    },
  }
}

function qemuArguments({ image, disk }: StockDebian, accelerator: Accelerator): string[] {
  const processor =
    accelerator === 'tcg'
      ? ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,-cx16']
      : ['-accel', accelerator, '-cpu', 'host']
  const { cpus, memoryMiB } = comparedSize
  return [
    ...['-machine', 'q35', ...processor, '-m', String(memoryMiB), '-smp', String(cpus)],
    ...['-no-reboot', '-nodefaults', '-display', 'none', '-serial', 'mon:stdio'],
    ...['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd.img')],
    ...['-append', 'root=/dev/vda rw console=ttyS0 quiet'],
    ...['-drive', `if=none,id=disk,file=${disk},format=qcow2,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=disk'],
    ...['-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0'],
    ...['-device', 'virtio-rng-pci'],
  ]
}
