import type { FindingOf } from '../../../shared/hints'
import type { Subject, Surroundings } from '../subject'

/** The exit code that the engine gives to a container that has ended while the engine did not run. */
const lostCode = 255
/** The engine notes the end of such a container while it starts. An emulated machine may need this long for it. */
const startMs = 60_000

/** A restart of the machine or the engine has stopped a container that the engine does not start again. */
export function restartPolicyRule(
  { container, setup, ranAtEnd }: Subject,
  { engineStartedAt }: Surroundings,
): FindingOf<'restart-policy'> | undefined {
  const { state, finishedAt, exitCode, autoRemove } = container
  const hasPolicy = setup.restartPolicy !== 'no' && setup.restartPolicy !== ''
  if (state !== 'exited' || finishedAt === null || engineStartedAt === undefined || hasPolicy || autoRemove)
    return undefined
  // The user may have started and stopped it since then.
  if (finishedAt > engineStartedAt) return undefined
  const wasLost = exitCode === lostCode && finishedAt > engineStartedAt - startMs
  return ranAtEnd || wasLost ? { rule: 'restart-policy', finishedAt } : undefined
}

/** How far back an end of a container counts, in milliseconds. The engine waits at most a minute between restarts. */
export const loopMs = 5 * 60_000
/** A container that has ended so often in this time restarts in a loop. */
export const loopEnds = 3
/** How many of the ends a hint names. */
const shownEnds = 3

/** A container ends and is started again, over and over. */
export function restartLoopRule(
  { container, setup, ends }: Subject,
  { now }: Surroundings,
): FindingOf<'restart-loop'> | undefined {
  const restarts = setup.restartPolicy !== 'no' && setup.restartPolicy !== ''
  const recent = ends.filter(({ time }) => time > now - loopMs)
  const isUp = container.state === 'running' || container.state === 'restarting'
  if (!restarts || !isUp || recent.length < loopEnds) return undefined
  const last = recent.slice(-shownEnds).reverse()
  return { rule: 'restart-loop', count: recent.length, minutes: loopMs / 60_000, ends: last }
}
