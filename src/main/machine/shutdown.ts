import type { Logger } from '../host'
import { message, within } from '../lib'
import type { VirtualMachine } from '../qemu'
import type { SshLink } from '../ssh'

/** The parts of the machine and of its link that a shutdown uses. */
type Stoppable = Pick<VirtualMachine, 'isHostFull' | 'endsWithin' | 'quit'> & {
  console: Pick<VirtualMachine['console'], 'hasReached'>
  qmp: Pick<VirtualMachine['qmp'], 'execute'>
}
type StoppableLink = Pick<SshLink, 'isUp' | 'exec' | 'close'>

/** How long each way to end the machine may take, milliseconds. */
export interface ShutdownLimits {
  /** Until the guest accepts the command over SSH. */
  askMs: number
  /** Until the guest has ended its containers and daemons and has unmounted its disks. Containers get ten seconds. */
  powerOffMs: number
  /** The same limit, but after Berth has pressed the guest's power button. */
  powerButtonMs: number
  /** Until QEMU has ended. */
  quitMs: number
}

export const shutdownLimits: ShutdownLimits = {
  askMs: 5_000,
  powerOffMs: 45_000,
  powerButtonMs: 30_000,
  quitMs: 5_000,
}

/**
 * Ends the machine. Never rejects. Berth asks the guest over SSH, then presses its power button, then asks QEMU to
 * quit, then kills QEMU.
 */
export async function shutDown(
  machine: Stoppable,
  link: StoppableLink,
  log: Logger,
  limits: ShutdownLimits = shutdownLimits,
): Promise<void> {
  if (machine.isHostFull) {
    log.warn('ending QEMU without a shutdown: the host has no space for the machine’s last writes')
    await link.close()
    await machine.quit(limits.quitMs)
    return
  }
  if (link.isUp && (await askOverSsh(link, log, limits.askMs))) {
    await link.close()
    if (await machine.endsWithin(limits.powerOffMs)) return
    log.warn('the machine did not power off when it was asked to')
  }
  await link.close()
  // Before the network stage, the guest may not react to its power button yet. Its boot has only begun, so QEMU can
  // simply quit.
  if (machine.console.hasReached('network') && (await pressPowerButton(machine))) {
    if (await machine.endsWithin(limits.powerButtonMs)) return
    log.warn('the machine did not react to its power button')
  }
  await machine.quit(limits.quitMs)
}

async function askOverSsh(link: StoppableLink, log: Logger, milliseconds: number): Promise<boolean> {
  try {
    await within(link.exec('poweroff'), milliseconds, () => new Error('no answer'))
    return true
  } catch (error) {
    log.info({ reason: message(error) }, 'could not ask the machine to power off')
    return false
  }
}

async function pressPowerButton(machine: Stoppable): Promise<boolean> {
  try {
    await machine.qmp.execute('system_powerdown')
    return true
  } catch {
    // The control connection is closed, so QEMU has ended or is about to end.
    return false
  }
}
