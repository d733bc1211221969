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

/** Work on the data disk for which the machine has to stop. */
export class Maintenance {
  readonly #options: MaintenanceOptions

  constructor(options: MaintenanceOptions) {
    this.#options = options
  }

  /**
   * Restarts the machine with a full repair, see {@link wantRepair}. Images, containers and volumes stay, as far as the
   * disk can be read.
   * @throws BerthError the errors of a stop and a start
   */
  async repair(): Promise<void> {
    const { machine, paths } = this.#options
    await machine.stop()
    await machine.whileStopped(() => wantRepair(paths))
    await machine.start()
  }

  /**
   * Stops the machine, deletes what it holds, and starts an empty one.
   * @throws BerthError, see {@link factoryReset}; the errors of a stop and a start
   */
  async reset(what: { settings: boolean }): Promise<void> {
    const { machine } = this.#options
    await machine.stop()
    await machine.whileStopped(() => factoryReset(this.#options, what))
    await machine.start()
  }

  /**
   * Rewrites the data disk without its unused parts, see {@link compactDataDisk}. A machine that ran is started again,
   * also after a failure. A suspended machine is forgotten with the old file.
   * @throws BerthError machine.disk-locked, the errors of a compaction, of a stop and a start, or the signal's reason
   */
  async compact(
    report: (progress: CompactionProgress) => void,
    signal: AbortSignal,
  ): Promise<CompactionResult> {
    const { machine, paths, log, qemuImg } = this.#options
    const beforeSwap = () => new SuspendedMachine(paths.machine).discard()
    const ran = !['stopped', 'failed'].includes(machine.state.phase)
    if (ran) report({ step: 'stop', percent: 0 })
    // Before it ends, the guest gives back what is free on its disk.
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
