import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import type { MachinePhase } from '../../shared/machine'
import type { Settings } from '../../shared/settings'
import { ensurePrivateFolder } from '../lib'
import { berthFile, type BerthPaths, filesOfReset, type Logger } from '../host'
import { assertUnused, compactImage, diskFile, noteLength, removeDataDisk } from '../disk'
import { endOrphans } from './prepare'
import { wantRepair } from './repair'
import { SuspendedMachine } from './suspended'

export interface MaintenanceServices {
  paths: BerthPaths
  log: Logger
  machine: {
    readonly state: { phase: MachinePhase }
    start(): Promise<void>
    stop(): Promise<void>
    whileStopped<T>(work: () => Promise<T>): Promise<T>
  }
  /** qemu-img's path. */
  qemuImg: () => Promise<string>
  settings: { readonly defaults: Settings; update(settings: Settings): Promise<void> }
  /** To registries. */
  logins: { forget(): Promise<void> }
}

/** What is done to the data disk as a whole, while no machine runs. */
export class Maintenance {
  readonly #services: MaintenanceServices

  constructor(services: MaintenanceServices) {
    this.#services = services
  }

  /**
   * Starts the machine anew with the guest image hashed again and the data disk checked whole and repaired. Images,
   * containers and volumes stay, as far as the disk can be read; what was kept of a suspended machine goes, as it
   * would write over the repaired disk. Rejects with what the start rejects with.
   */
  async repair(): Promise<void> {
    const { machine, paths } = this.#services
    await machine.stop()
    await machine.whileStopped(async () => {
      await ensurePrivateFolder(paths.machine)
      await new SuspendedMachine(paths.machine).discard()
      for (const learned of ['verifiedImages', 'accelerator'] as const)
        await rm(berthFile(paths, learned), { force: true })
      await wantRepair(paths)
    })
    await machine.start()
  }

  /**
   * Removes the data disk with all images, containers and volumes, what was kept of a suspended machine, and the
   * keys; `settings` sets those back, removes what was kept of older ones, and forgets Berth's own logins to registries
   * as well. The newest guest image and the logs stay; the start that follows removes the image before it. Then it starts the machine. Rejects with machine.disk-locked or settings.unwritable, and the data disk is still
   * there then, or with what the start rejects with.
   */
  async reset(options: { settings: boolean }): Promise<void> {
    const { machine, settings, logins, paths, log, qemuImg } = this.#services
    const file = berthFile(paths, 'dataDisk')
    await machine.stop()
    await machine.whileStopped(async () => {
      await ensurePrivateFolder(paths.machine)
      await endOrphans(paths, log)
      await assertUnused(await qemuImg(), file)
      if (options.settings) {
        await settings.update(settings.defaults)
        await logins.forget()
      }
      await new SuspendedMachine(paths.machine).discard()
      await removeDataDisk(file, log)
      await deleteFiles(paths, options)
    })
    await machine.start()
  }

  /**
   * Gives back to the host what the data disk's file holds for nothing, by writing it anew. A running machine is
   * stopped for it, and started again whatever comes of it; what was kept of a suspended one goes with the old file.
   * Rejects as `compactImage` does, with machine.disk-locked, or with what stop and start reject with.
   */
  async compact(
    report: (progress: CompactionProgress) => void,
    signal: AbortSignal,
  ): Promise<CompactionResult> {
    const { machine } = this.#services
    const ran = !['stopped', 'failed'].includes(machine.state.phase)
    if (ran) report({ step: 'stop', percent: 0 })
    // It gives back what is free in the guest before it ends.
    await machine.stop()
    try {
      return await machine.whileStopped(() => this.#compact(report, signal))
    } finally {
      if (ran) {
        report({ step: 'start', percent: 100 })
        await machine.start()
      }
    }
  }

  async #compact(
    report: (progress: CompactionProgress) => void,
    signal: AbortSignal,
  ): Promise<CompactionResult> {
    const { paths, log } = this.#services
    const file = berthFile(paths, 'dataDisk')
    const before = await diskFile(file)
    if (before === undefined) return { returned: 0 }
    const qemuImg = await this.#services.qemuImg()
    await endOrphans(paths, log)
    await assertUnused(qemuImg, file)
    const beforeSwap = () => new SuspendedMachine(paths.machine).discard()
    await ensurePrivateFolder(paths.run)
    const recordFile = berthFile(paths, 'compactionRecord')
    await compactImage({ qemuImg, file, recordFile, report, signal, beforeSwap })
    await noteLength(file, log)
    const allocated = (await diskFile(file))?.allocated ?? 0
    return { returned: Math.max(0, before.allocated - allocated) }
  }
}

/** Deletes every file that the list of Berth's files names for a factory reset. */
async function deleteFiles(paths: BerthPaths, options: { settings: boolean }): Promise<void> {
  for (const { folder, name } of filesOfReset(options)) {
    const [beginning = '', ...isOpen] = name.split('*')
    const names = isOpen.length === 0 ? [name] : await readdir(paths[folder])
    for (const found of names)
      if (found.startsWith(beginning)) await rm(join(paths[folder], found), { force: true })
  }
}
