import type { DiskUsage, ReclaimResult, ReclaimTarget } from '../../shared/disk'
import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { Engine, Pruned } from '../engine'
import { berthFile, type BerthPaths } from '../host'
import { fileSystemOf, guestPath, noSpaceError } from '../lib'
import type { SshLink } from '../ssh'
import { diskFile } from './qcow2'

export interface DiskOptions {
  paths: BerthPaths
  machine: { readonly state: Pick<MachineState, 'diskFull'> }
  link: Pick<SshLink, 'isUp' | 'exec'>
  engine: {
    readonly disk: Pick<Engine['disk'], 'usage' | 'prune'>
    readonly volumes: Pick<Engine['volumes'], 'prune'>
  }
}

/** Where the guest mounts its data disk (vm-assets/rootfs/usr/lib/berth/data-disk). */
const mountPoint = guestPath.data

/** Reports the space that images, containers, volumes and builds take, and gives unused space back to the host. */
export class Disk {
  readonly #options: DiskOptions

  constructor(options: DiskOptions) {
    this.#options = options
  }

  /** True while the host's disk is full. The machine does not answer then, because it waits for space. */
  get #isHostFull(): boolean {
    return this.#options.machine.state.diskFull === 'host'
  }

  get #answers(): boolean {
    return this.#options.link.isUp && !this.#isHostFull
  }

  get #file(): string {
    return berthFile(this.#options.paths, 'dataDisk')
  }

  /** How much space each kind of object takes. Without a running machine, only the host's numbers are known. */
  async usage(): Promise<DiskUsage> {
    const { engine } = this.#options
    const [file, space, kinds] = await Promise.all([
      diskFile(this.#file),
      this.space(),
      this.#answers ? engine.disk.usage() : undefined,
    ])
    return {
      ...space,
      ...(file === undefined ? {} : { file }),
      ...(kinds === undefined ? {} : { engine: kinds }),
    }
  }

  /** Free space on the host and, while the machine runs, in the guest. This does not query the engine. */
  async space(): Promise<Pick<DiskUsage, 'host' | 'guest'>> {
    const { link, paths } = this.#options
    const [host, guest] = await Promise.all([
      fileSystemOf(paths.home),
      this.#answers ? guestSpace(link) : undefined,
    ])
    return { host, ...(guest === undefined ? {} : { guest }) }
  }

  /**
   * Removes all unused objects of a kind, then gives the free space of the machine back to the host.
   * @throws BerthError machine.not-running; host.no-space while the machine waits for space; disk.trim-failed; as
   * {@link SshLink.exec}; or the engine's error
   */
  async reclaim(target: ReclaimTarget): Promise<ReclaimResult> {
    const { link, paths } = this.#options
    if (this.#isHostFull) throw noSpaceError(paths.machine)
    if (!link.isUp) throw new BerthError('machine.not-running')
    const before = await this.#allocated()
    const { removed, bytes } = await this.#remove(target)
    await giveBack(link)
    // The guest and its containers have continued to write, so the file may even have grown.
    return { removed, freed: bytes, returned: Math.max(0, before - (await this.#allocated())) }
  }

  async #remove(target: ReclaimTarget): Promise<Pruned> {
    const { disk, volumes } = this.#options.engine
    if (target === 'free-space') return { removed: 0, bytes: 0 }
    if (target !== 'volumes') return disk.prune(target)
    const { removed, bytes } = await volumes.prune()
    return { removed: removed.length, bytes }
  }

  async #allocated(): Promise<number> {
    return (await diskFile(this.#file))?.allocated ?? 0
  }
}

/** The guest discards the free blocks of its disk, and QEMU removes them from the file. */
async function giveBack(link: DiskOptions['link']): Promise<void> {
  const { code, stderr } = await link.exec(`sync && fstrim ${mountPoint}`)
  if (code !== 0) throw new BerthError('disk.trim-failed', { reason: stderr.trim() })
}

/** Size, used and free bytes of the guest's data disk, and how many more files fit on it. */
async function guestSpace(link: DiskOptions['link']): Promise<NonNullable<DiskUsage['guest']>> {
  const { stdout } = await link.exec(`stat -f -c '%S %b %f %a %d' ${mountPoint}`)
  const [size = 0, blocks = 0, free = 0, available = 0, files = 0] = stdout.trim().split(' ').map(Number)
  return { total: blocks * size, used: (blocks - free) * size, free: available * size, freeFiles: files }
}
