import { BerthError } from '../../shared/errors'
import type { MachineState } from '../../shared/machine'
import type { DiskUsage, KindUsage, ReclaimResult, ReclaimTarget } from '../../shared/disk'
import type { PrunableKind, Pruned } from '../engine'
import { berthFile, type BerthPaths } from '../host'
import { diskFile } from './disk-file'
import { fileSystemOf, guestPath, noSpaceError } from '../lib'
import type { CommandResult } from '../ssh'

export interface DiskServices {
  paths: BerthPaths
  machine: { readonly state: Pick<MachineState, 'diskFull'> }
  link: { readonly isUp: boolean; exec(command: string): Promise<CommandResult> }
  engine: {
    readonly disk: { usage(): Promise<KindUsage[]>; prune(kind: PrunableKind): Promise<Pruned> }
    readonly volumes: { prune(): Promise<{ removed: string[]; bytes: number }> }
  }
}

/** Where the guest mounts its data disk (vm-assets/rootfs/usr/lib/berth/data-disk). */
const mountPoint = guestPath.data

/** The space that images, containers, volumes and builds take, and how it comes back to the host. */
export class Disk {
  readonly #services: DiskServices

  constructor(services: DiskServices) {
    this.#services = services
  }

  /** Then the machine stands still: what it is asked it answers when there is space again. */
  get #isHostFull(): boolean {
    return this.#services.machine.state.diskFull === 'host'
  }

  get #answers(): boolean {
    return this.#services.link.isUp && !this.#isHostFull
  }

  get #file(): string {
    return berthFile(this.#services.paths, 'dataDisk')
  }

  /** What takes how much; the parts that need a running machine are missing while there is none. */
  async usage(): Promise<DiskUsage> {
    const { engine } = this.#services
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

  /** Free space on the host and, while the machine runs, in the guest: what `usage` tells without asking the engine. */
  async space(): Promise<Pick<DiskUsage, 'host' | 'guest'>> {
    const { link, paths } = this.#services
    const [host, guest] = await Promise.all([
      fileSystemOf(paths.home),
      this.#answers ? guestSpace(link) : undefined,
    ])
    return { host, ...(guest === undefined ? {} : { guest }) }
  }

  /**
   * Removes everything of a kind that nothing uses, then gives what is free in the machine back to the host.
   * Rejects with machine.not-running, host.no-space while the machine waits for that, or what the engine refused.
   */
  async reclaim(target: ReclaimTarget): Promise<ReclaimResult> {
    const { link, paths } = this.#services
    if (this.#isHostFull) throw noSpaceError(paths.machine)
    if (!link.isUp) throw new BerthError('machine.not-running')
    const before = await this.#allocated()
    const { removed, bytes } = await this.#remove(target)
    await giveBack(link)
    // The guest and its containers write on meanwhile: the file may even have grown.
    return { removed, freed: bytes, returned: Math.max(0, before - (await this.#allocated())) }
  }

  async #remove(target: ReclaimTarget): Promise<Pruned> {
    const { disk, volumes } = this.#services.engine
    if (target === 'free-space') return { removed: 0, bytes: 0 }
    if (target !== 'volumes') return disk.prune(target)
    const { removed, bytes } = await volumes.prune()
    return { removed: removed.length, bytes }
  }

  async #allocated(): Promise<number> {
    return (await diskFile(this.#file))?.allocated ?? 0
  }
}

/** The guest tells its disk what is free, and QEMU takes that out of the file. */
async function giveBack(link: DiskServices['link']): Promise<void> {
  const { code, stderr } = await link.exec(`sync && fstrim ${mountPoint}`)
  if (code !== 0) throw new BerthError('disk.trim-failed', { reason: stderr.trim() })
}

/** Size, used and free bytes of the guest's data disk, and how many more files fit on it. */
export async function guestSpace(link: DiskServices['link']): Promise<NonNullable<DiskUsage['guest']>> {
  const { stdout } = await link.exec(`stat -f -c '%S %b %f %a %d' ${mountPoint}`)
  const [size = 0, blocks = 0, free = 0, available = 0, files = 0] = stdout.trim().split(' ').map(Number)
  return { total: blocks * size, used: (blocks - free) * size, free: available * size, freeFiles: files }
}
