import { dirname } from 'node:path'
import type { MachinePhase, MachineState } from '../../shared/machine'
import { BerthError } from '../../shared/errors'
import { noSpaceError } from '../lib'
import type { VirtualMachine } from '../qemu'

interface FullDisks {
  readonly isHostFull: boolean
  readonly console: Pick<VirtualMachine['console'], 'reported'>
}

/** Which disk keeps a machine in this phase from writing, if one does. */
export function fullDisk(phase: MachinePhase, vm: FullDisks | undefined): MachineState['diskFull'] {
  if (phase === 'stopping' || phase === 'stopped' || phase === 'failed') return undefined
  if (vm?.isHostFull === true) return 'host'
  return vm?.console.reported('space') === 'full' ? 'data' : undefined
}

/** What failed a machine: a full disk, if there is one that explains it. `dataDisk` is its file. */
export function fullDiskError(cause: BerthError, vm: FullDisks | undefined, dataDisk: string): BerthError {
  if (vm?.isHostFull === true) return noSpaceError(dirname(dataDisk))
  // dockerd's own words are about file systems that it cannot mount.
  const full = vm?.console.reported('space') === 'full' || hasNoFiles(vm?.console.reported('fsck'))
  if (full && cause.code.startsWith('machine.engine-'))
    return new BerthError('machine.data-full', { file: dataDisk }, { detail: cause.message, cause })
  return cause
}

/** Files that dockerd makes at its start, and a container. */
const neededFiles = 100

/** Whether a file system has no room for more files, however much space it has: e2fsck tells `used/all files`. */
function hasNoFiles(fsck = ''): boolean {
  const [, used, all] = /(\d+)\/(\d+) files/.exec(fsck) ?? []
  return all !== undefined && Number(all) - Number(used) < neededFiles
}
