import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { message, untilAborted, within } from '../lib'
import type { MachineProcess } from '../machine'
import {
  endOrphan,
  hostArch,
  initramfsBusybox,
  pidFile,
  smallMachineArguments,
  VirtualMachine,
} from '../qemu'
import { comparedProgram, type MeasuredRun, outputMs } from './compared-program'
import { readProcess } from './process-meter'

/** The memory of the VM. */
const memoryMiB = 128

/** The VM has no init of its own. So the script first does what an init does. */
const vmScript = [
  `${initramfsBusybox} mount -t devtmpfs dev /dev`,
  'exec </dev/console >/dev/console 2>&1',
  `${initramfsBusybox} mount -t proc proc /proc`,
  comparedProgram(initramfsBusybox),
  `${initramfsBusybox} poweroff -f`,
].join('; ')

export interface VmRunOptions {
  /** The machine whose QEMU, kernel and initramfs the VM uses. */
  machine: MachineProcess
  paths: BerthPaths
  log: Logger
  platform: NodeJS.Platform
  signal: AbortSignal
}

/**
 * Runs the program once as a VM of its own, measures it, and ends the VM.
 * @throws BerthError comparison.vm-failed; the signal's reason
 */
export async function runVm({ machine, paths, log, platform, signal }: VmRunOptions): Promise<MeasuredRun> {
  const { qemu, accelerator } = machine
  const { initrd } = machine.image
  const recordFile = berthFile(paths, 'comparisonRecord')
  await endOrphan(recordFile, initrd, log)
  const began = performance.now()
  const vm = await VirtualMachine.launch(
    {
      binary: qemu.system,
      args: (addresses) =>
        smallMachineArguments({
          platform,
          arch: hostArch(),
          accelerator,
          qemuMajor: qemu.major,
          memoryMiB,
          kernel: kernelOf(machine),
          initrd,
          ...addresses,
          pidFile: pidFile(recordFile),
          script: vmScript,
        }),
      dataDisk: initrd,
      recordFile,
      log,
    },
    signal,
  ).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new BerthError('comparison.vm-failed', { reason: message(error) }, { cause: error })
  })
  try {
    const ended = vm.ended.then(({ reason, stderr }) => {
      throw new BerthError('comparison.vm-failed', { reason }, { detail: stderr })
    })
    const reported = Promise.all([vm.console.report('kernel'), vm.console.report('processes')])
    const late = () =>
      new BerthError(
        'comparison.vm-failed',
        { reason: phrases['answer-missing'] },
        { detail: vm.console.tail(20).join('\n') },
      )
    const [kernel, processes] = await untilAborted(
      within(Promise.race([reported, ended]), outputMs, late),
      signal,
    )
    const startMs = performance.now() - began
    const memory = (await readProcess(vm.pid, platform))?.resident ?? 0
    return { startMs, memory, kernel, processes: Number(processes) }
  } finally {
    await vm.kill()
  }
}

/** The kernel that the machine itself has booted. */
export function kernelOf({ image: guest, accelerator }: MachineProcess): string {
  return accelerator === 'tcg' ? (guest.unpackedKernel ?? guest.kernel) : guest.kernel
}
