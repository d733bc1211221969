import { BerthError } from '../../shared/errors'
import { message, noSpaceError } from '../lib'
import type { MachineEnd } from '../qemu'

/** Why a suspended machine is booted. */
export function resumeError(error: unknown): BerthError {
  if (error instanceof BerthError && error.code.startsWith('machine.resume-')) return error
  return new BerthError('machine.resume-failed', { reason: message(error) }, { cause: error })
}

/** Why a machine that ended by itself has failed. `folder` is where its disk is. */
export function endError(end: MachineEnd, folder: string): BerthError {
  if (end.noSpace) return noSpaceError(folder)
  return new BerthError('machine.qemu-died', { reason: end.reason }, { detail: end.stderr })
}
