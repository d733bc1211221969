import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MachinePhase, MachineState } from '../../shared/machine'
import { noSpaceError } from '../lib'
import type { VirtualMachine } from '../qemu'

type SpaceReports = Pick<VirtualMachine, 'isHostFull'> & {
  console: Pick<VirtualMachine['console'], 'reported'>
}

/** Which full disk keeps a machine in this phase from writing, if one does. */
export function fullDisk(phase: MachinePhase, vm: SpaceReports | undefined): MachineState['diskFull'] {
  if (phase === 'stopping' || phase === 'stopped' || phase === 'failed') return undefined
  if (vm?.isHostFull === true) return 'host'
  return vm?.console.reported('space') === 'full' ? 'data' : undefined
}

/** Why a machine failed: a full disk, if that explains it, or else `cause`. `dataDisk` is the data disk's file. */
export function fullDiskError(cause: BerthError, vm: SpaceReports | undefined, dataDisk: string): BerthError {
  if (vm?.isHostFull === true) return noSpaceError(dirname(dataDisk))
  // dockerd itself only reports that it cannot mount a file system.
  const full = vm?.console.reported('space') === 'full' || hasNoFiles(vm?.console.reported('fsck'))
  if (full && cause.code.startsWith('machine.engine-'))
    return new BerthError('machine.data-full', { file: dataDisk }, { detail: cause.message, cause })
  return cause
}

/** Files that dockerd makes at its start, and a container. */
const neededFiles = 100

/** Whether a file system has no room for more files, however much space it has: e2fsck prints `used/all files`. */
function hasNoFiles(fsck = ''): boolean {
  const [, used, all] = /(\d+)\/(\d+) files/.exec(fsck) ?? []
  return all !== undefined && Number(all) - Number(used) < neededFiles
}
