import { placeOfStep } from '../../../shared/build-steps'
import type { Build } from '../../../shared/builds'
import type { Facts } from '../facts'
import type { Hint } from '../lesson'

export const isInstall = ({ name }: Build['stepList'][number]) => /\bRUN npm (?:install|i|ci)\b/.test(name)
const isCopy = ({ name }: Build['stepList'][number]) => /\bCOPY \.\/? /.test(name)

/** The steps that are instructions of the Dockerfile. BuildKit has further ones of its own. */
export function numbered({ stepList }: Build): Build['stepList'] {
  return stepList.filter(({ name }) => placeOfStep(name) !== undefined)
}

/** The steps of a successful build that the lesson compares, with their positions in the Dockerfile. */
export function stepsOf({ status, stepList }: Build) {
  // BuildKit reports the steps in the order in which they end.
  const placed = stepList.map((step) => ({
    ...step,
    position: placeOfStep(step.name)?.number ?? NaN,
  }))
  if (status !== 'succeeded') return {}
  return { install: placed.find(isInstall), copied: placed.find(isCopy) }
}

/** How many steps of a build came from the cache, and its seconds. */
export function stepTimes(build: Build): { cached: number; seconds: number } {
  const { startedAt, endedAt } = build
  const seconds = Math.round(((endedAt ?? startedAt) - startedAt) / 100) / 10
  return { cached: numbered(build).filter(({ cached }) => cached).length, seconds }
}

/** A build that Berth does not see: a docker CLI without buildx runs each step in a container of its own. */
export function oldBuilder({ containers, builds }: Facts): Hint | undefined {
  const step = containers.findLast((one) => /^\/bin\/sh -c '?npm (?:install|i|ci)\b/.test(one.command))
  const isLast = step !== undefined && builds.every(({ startedAt }) => startedAt < step.createdAt)
  return isLast ? { kind: 'old-builder', name: step.name, text: '' } : undefined
}
