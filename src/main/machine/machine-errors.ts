import { formatBytes } from '../../shared/bytes'
import { BerthError } from '../../shared/errors'
import { message } from '../lib/files'
import { neededSpace } from '../disk/data-disk'
import type { MachineEnd } from '../qemu/virtual-machine'

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

/** The host's disk, which `folder` is on, is full. */
export function noSpaceError(folder: string): BerthError {
  return new BerthError('host.no-space', { folder, free: formatBytes(0), needed: formatBytes(neededSpace) })
}
