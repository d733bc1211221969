import { BerthError } from '../../shared/errors'
import type { Accelerator } from '../../shared/machine'
import { message, untilAborted, within } from '../lib'
import type { Logger } from '../host'
import type { AcceleratorPlan, RejectedAccelerator, VirtualMachine } from '../qemu'

/** The part of a launched machine that a boot uses. */
export type Bootable = Pick<VirtualMachine, 'ended' | 'kill'> & {
  console: Pick<VirtualMachine['console'], 'reached'>
}

export interface BootOptions<M extends Bootable> {
  plan: AcceleratorPlan
  /** Starts QEMU with one accelerator. */
  launch: (accelerator: Accelerator, signal: AbortSignal) => Promise<M>
  log: Logger
  /** How long the guest's kernel may take to boot on a real accelerator, milliseconds. */
  provingMs?: number
  /** The same limit under emulation, milliseconds. */
  emulatedMs?: number
}

export interface Booted<M extends Bootable> {
  machine: M
  accelerator: Accelerator
  rejected: RejectedAccelerator[]
  /**
   * True if each rejected accelerator started a guest that then died. Only such a result is worth remembering. If QEMU
   * refuses an accelerator, that costs no time, and the user may switch the accelerator on later. If an accelerator was
   * too slow, the host may have been busy.
   */
  conclusive: boolean
}

/**
 * Boots on the first accelerator on which the guest's kernel comes up. QEMU may accept an accelerator on which no guest
 * runs. If this rejects, no QEMU is left running.
 * @throws BerthError machine.accelerators-failed, machine.boot-timeout, or the error of the disk, QEMU or the guest;
 * the signal's reason
 */
export async function bootWithFallback<M extends Bootable>(
  options: BootOptions<M>,
  signal: AbortSignal,
): Promise<Booted<M>> {
  const rejected = [...options.plan.rejected]
  let conclusive = true
  let last: unknown
  for (const accelerator of options.plan.candidates) {
    try {
      const machine = await bootOn(accelerator, options, signal)
      return { machine, accelerator, rejected, conclusive }
    } catch (error) {
      signal.throwIfAborted()
      if (!mayBeAccelerator(error)) throw error
      last = error
      conclusive &&= error instanceof BerthError && error.code === 'machine.qemu-died'
      options.log.warn({ accelerator, reason: message(error) }, 'accelerator does not work')
      rejected.push({ name: accelerator, reason: reasonOf(error) })
    }
  }
  const onlyOne =
    options.plan.candidates.length === 1 || rejected.every(({ reason }) => reason === reasonOf(last))
  if (onlyOne && last instanceof Error) throw last
  const tried = rejected.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  throw new BerthError('machine.accelerators-failed', { tried }, { cause: last })
}

async function bootOn<M extends Bootable>(
  accelerator: Accelerator,
  options: BootOptions<M>,
  signal: AbortSignal,
): Promise<M> {
  const { provingMs = 20_000, emulatedMs = 180_000 } = options
  const limit = accelerator === 'tcg' ? emulatedMs : provingMs
  const machine = await options.launch(accelerator, signal)
  const ended = machine.ended.then((end) => {
    throw new BerthError('machine.qemu-died', { reason: end.reason }, { detail: end.stderr })
  })
  const up = machine.console.reached('init')
  try {
    const timeout = () => new BerthError('machine.boot-timeout', { seconds: limit / 1000 })
    await untilAborted(within(Promise.race([up, ended]), limit, timeout), signal)
    return machine
  } catch (error) {
    await machine.kill()
    throw error
  }
}

/** True if another accelerator may help. An unusable disk, for example, fails on every accelerator. */
function mayBeAccelerator(error: unknown): boolean {
  return (
    error instanceof BerthError &&
    (error.code === 'machine.qemu-start' ||
      error.code === 'machine.qemu-died' ||
      error.code === 'machine.boot-timeout')
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof BerthError && error.code === 'machine.boot-timeout') {
    return `the guest did not come up within ${String(error.params.seconds)} s`
  }
  return error instanceof BerthError ? String(error.params.reason) : message(error)
}
