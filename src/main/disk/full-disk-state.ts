import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MachinePhase, MachineState } from '../../shared/machine'
import { noSpaceError } from '../lib'
import type { VirtualMachine } from '../qemu'

type SpaceReports = Pick<VirtualMachine, 'isHostFull'> & {
  console: Pick<VirtualMachine['console'], 'reported'>
}

/**
 * The full disk that blocks the machine's writes: the host's disk or the data disk. Undefined if neither disk is full,
 * and always undefined for a machine that is stopping, has stopped or has failed.
 */
export function fullDisk(phase: MachinePhase, vm: SpaceReports | undefined): MachineState['diskFull'] {
  if (phase === 'stopping' || phase === 'stopped' || phase === 'failed') return undefined
  if (vm?.isHostFull === true) return 'host'
  return vm?.console.reported('space') === 'full' ? 'data' : undefined
}

/**
 * The error to show for a failed machine: a full disk if that explains the failure, otherwise `cause`. `dataDisk` is
 * the data disk's file.
 */
export function fullDiskError(cause: BerthError, vm: SpaceReports | undefined, dataDisk: string): BerthError {
  if (vm?.isHostFull === true) return noSpaceError(dirname(dataDisk))
  // dockerd itself does not name the full disk. It only reports that it cannot mount a file system.
  const full = vm?.console.reported('space') === 'full' || hasNoFiles(vm?.console.reported('fsck'))
  if (full && cause.code.startsWith('machine.engine-'))
    return new BerthError('machine.data-full', { file: dataDisk }, { detail: cause.message, cause })
  return cause
}

/** Enough files for dockerd's start and for one container. */
const neededFiles = 100

/** True if a file system has no inodes for more files, even if it has free space. e2fsck prints `used/all files`. */
function hasNoFiles(fsck = ''): boolean {
  const [, used, all] = /(\d+)\/(\d+) files/.exec(fsck) ?? []
  return all !== undefined && Number(all) - Number(used) < neededFiles
}
