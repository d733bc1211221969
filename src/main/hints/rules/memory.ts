import type { FindingOf } from '../../../shared/hints'
import type { Subject, Surroundings } from '../subject'

/** From this share of the machine's memory on, the use is high. */
const highShare = 0.7
/** A high use stays high until it is below this share, so that a hint does not come and go. */
const normalShare = 0.6

/** True if a use of memory in bytes is high. `before`: whether it was high until now. */
export function isHighUse(used: number, { machine, before }: { machine: number; before: boolean }): boolean {
  return machine > 0 && used / machine >= (before ? normalShare : highShare)
}

/** A container without a limit uses most of the machine's memory. */
export function memoryRule(
  { setup, highUse }: Subject,
  { memory: machine }: Surroundings,
): FindingOf<'memory'> | undefined {
  const isLimited = setup.memory !== null && setup.memory < machine
  return isLimited || highUse === undefined ? undefined : { rule: 'memory', used: highUse, machine }
}

/** The running containers may together use more memory than there is. The hint is at the highest limit. */
export function memorySumRule(
  { container }: Subject,
  { memory: machine, memoryLimits }: Surroundings,
): FindingOf<'memory-sum'> | undefined {
  // A limit of everything that the machine has is no limit.
  const limits = [...memoryLimits].filter(([, bytes]) => bytes < machine).sort(([, a], [, b]) => b - a)
  const sum = limits.reduce((total, [, bytes]) => total + bytes, 0)
  if (sum <= machine || limits[0]?.[0] !== container.id) return undefined
  return { rule: 'memory-sum', limits: sum, containers: limits.length, machine }
}
