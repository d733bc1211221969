import type { MachinePhase, MachineState } from '../../shared/machine'
import type { VirtualMachine } from './virtual-machine'

/** Which disk keeps a machine in this phase from writing, if one does. */
export function fullDisk(phase: MachinePhase, vm: VirtualMachine | undefined): MachineState['diskFull'] {
  if (phase === 'stopping' || phase === 'stopped' || phase === 'failed') return undefined
  if (vm?.isHostFull === true) return 'host'
  return vm?.console.reported('space') === 'full' ? 'data' : undefined
}
