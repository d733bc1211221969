import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import type { MachinePhase } from '../../shared/machine'
import type { Settings } from '../../shared/settings'
import { ensurePrivateFolder } from '../lib'
import type { BerthPaths, Logger } from '../host'
import { assertUnused, compactImage, dataDiskFile, diskFile, noteLength, removeDataDisk } from '../disk'
import { compactionRecord, endOrphans } from './prepare'
import { repairDone, wantRepair } from './repair'
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

/** What was learned about image and accelerator. */
const learned = ['verified-images.json', 'accelerator.json']
/** What else a reset removes beside the data disk. */
const belongings = [
  ...learned,
  'ssh_host_ed25519_key',
  'id_ed25519',
  'data.qcow2.length',
  'data.qcow2.never-up',
  'data.json',
  'images.json',
  'image-wanted',
]
/** Settings that were set aside (settings-store.ts, daemon-file-migration.ts). */
const olderSettings = /^(?:settings\.json\.broken-.*|daemon\.json\.(?:migrated|refused))$/

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
      await this.#remove(learned)
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
    const file = dataDiskFile(paths)
    await machine.stop()
    await machine.whileStopped(async () => {
      await ensurePrivateFolder(paths.machine)
      await endOrphans(paths, log)
      await assertUnused(await qemuImg(), file)
      if (options.settings) {
        await settings.update(settings.defaults)
        await logins.forget()
        await removeOlderSettings(paths)
      }
      await new SuspendedMachine(paths.machine).discard()
      await removeDataDisk(file, log)
      await repairDone(paths)
      await this.#remove(belongings)
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
    const file = dataDiskFile(paths)
    const before = await diskFile(file)
    if (before === undefined) return { returned: 0 }
    const qemuImg = await this.#services.qemuImg()
    await endOrphans(paths, log)
    await assertUnused(qemuImg, file)
    const beforeSwap = () => new SuspendedMachine(paths.machine).discard()
    await ensurePrivateFolder(paths.run)
    const recordFile = compactionRecord(paths)
    await compactImage({ qemuImg, file, recordFile, report, signal, beforeSwap })
    await noteLength(file, log)
    const allocated = (await diskFile(file))?.allocated ?? 0
    return { returned: Math.max(0, before.allocated - allocated) }
  }

  async #remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.#services.paths.machine, name), { force: true })
  }
}

async function removeOlderSettings({ home, machine }: BerthPaths): Promise<void> {
  for (const folder of [home, machine])
    for (const name of await readdir(folder))
      if (olderSettings.test(name)) await rm(join(folder, name), { force: true })
}
