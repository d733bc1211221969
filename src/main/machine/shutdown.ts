import type { Logger } from '../host'
import { message, within } from '../lib'
import type { SshLink } from '../ssh'

/** What a shutdown needs of a machine and of the link to it. */
export interface Stoppable {
  console: { hasReached(stage: string): boolean }
  /** It stands still, and can be asked for nothing. */
  readonly isHostFull: boolean
  qmp: { execute(command: string): Promise<unknown> }
  endsWithin(milliseconds: number): Promise<boolean>
  quit(milliseconds: number): Promise<void>
}
export type StoppableLink = Pick<SshLink, 'isUp' | 'exec' | 'close'>

/** How long each way of asking may take, milliseconds. */
export interface ShutdownLimits {
  /** For the command over SSH to be accepted. */
  askMs: number
  /** For the guest to end its containers and daemons and to unmount; it gives containers ten seconds. */
  powerOffMs: number
  /** The same for the power button. */
  powerButtonMs: number
  /** For QEMU to end itself. */
  quitMs: number
}

export const shutdownLimits: ShutdownLimits = {
  askMs: 5_000,
  powerOffMs: 45_000,
  powerButtonMs: 30_000,
  quitMs: 5_000,
}

/** Ends the machine: asked over SSH, then by the power button, then QEMU is told to quit, then it is killed. */
export async function shutDown(
  machine: Stoppable,
  link: StoppableLink,
  log: Logger,
  limits: ShutdownLimits = shutdownLimits,
): Promise<void> {
  if (machine.isHostFull) {
    log.warn('the machine is cut off: there is no space on the host to write what it would still write')
    await link.close()
    await machine.quit(limits.quitMs)
    return
  }
  if (link.isUp && (await askOverSsh(link, log, limits.askMs))) {
    await link.close()
    if (await machine.endsWithin(limits.powerOffMs)) return
    log.warn('the machine did not power off when asked')
  }
  await link.close()
  // Before the network stage the guest does not listen to its power button, and has no disk mounted.
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
    log.info({ reason: message(error) }, 'the machine could not be asked to power off')
    return false
  }
}

async function pressPowerButton(machine: Stoppable): Promise<boolean> {
  try {
    await machine.qmp.execute('system_powerdown')
    return true
  } catch {
    // The control connection is gone, so is QEMU or soon will be.
    return false
  }
}
