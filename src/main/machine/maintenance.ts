import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import type { MachineState } from '../../shared/machine'
import { compactDataDisk } from '../disk'
import { factoryReset, type FactoryResetOptions } from './factory-reset'
import type { Machine } from './machine'
import { wantRepair } from './repair'
import { SuspendedMachine } from './suspended-machine'

export interface MaintenanceOptions extends FactoryResetOptions {
  machine: { readonly state: Pick<MachineState, 'phase'> } & Pick<Machine, 'start' | 'stop' | 'whileStopped'>
}

/** Work on the data disk. The machine has to stop for it. */
export class Maintenance {
  readonly #options: MaintenanceOptions

  constructor(options: MaintenanceOptions) {
    this.#options = options
  }

  /**
   * Restarts the machine with a full repair, see {@link wantRepair}. Images, containers and volumes are kept if they
   * can still be read.
   * @throws BerthError machine.not-stopped, host.no-space, host.folder-unwritable; as `Machine.start`
   */
  async repair(): Promise<void> {
    const { machine, paths } = this.#options
    await machine.stop()
    await machine.whileStopped(() => wantRepair(paths))
    await machine.start()
  }

  /**
   * Stops the machine, deletes all of its data, and starts an empty machine.
   * @throws BerthError machine.not-stopped; see {@link factoryReset}; as `Machine.start`
   */
  async reset(what: { settings: boolean }): Promise<void> {
    const { machine } = this.#options
    await machine.stop()
    await machine.whileStopped(() => factoryReset(this.#options, what))
    await machine.start()
  }

  /**
   * Rewrites the data disk without its unused parts, see {@link compactDataDisk}. If the machine ran before, it is
   * started again, also after a failure. If the disk file is replaced, a suspended machine is discarded.
   * @throws BerthError machine.not-stopped; see {@link compactDataDisk}; as `Machine.start`; the signal's reason
   */
  async compact(
    report: (progress: CompactionProgress) => void,
    signal: AbortSignal,
  ): Promise<CompactionResult> {
    const { machine, paths, log, qemuImg } = this.#options
    const beforeSwap = () => new SuspendedMachine(paths.machine).discard()
    const ran = !['stopped', 'failed'].includes(machine.state.phase)
    if (ran) report({ step: 'stop', percent: 0 })
    // While it stops, the guest marks the free blocks of its disk as unused.
    await machine.stop()
    try {
      return await machine.whileStopped(() =>
        compactDataDisk({ paths, log, qemuImg, report, signal, beforeSwap }),
      )
    } finally {
      if (ran) {
        report({ step: 'start', percent: 100 })
        await machine.start()
      }
    }
  }
}
