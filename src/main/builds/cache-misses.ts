import { placeOfStep, type StepPlace } from '../../shared/build-steps'
import type { BuildStep, CacheMiss } from '../../shared/builds'
import { otherBase, otherInstruction } from './cache-comparison'
import { type CacheFacts, placeKey } from './cache-facts'
import { otherSetting, type ReadFacts, readFacts } from './cache-settings'
import { ContextChanges } from './context-changes'
import { isBaseStep, numberedOf, stageNamed } from './dockerfile'

/** A build, as far as its facts are known. */
export interface ExplainedBuild {
  steps: readonly BuildStep[]
  noCache: boolean
  facts: CacheFacts
  /** The facts of earlier builds of the same Dockerfile, the newest first. */
  earlier: readonly CacheFacts[]
}

/** Tells for each step that BuildKit has not found in its cache, why. The keys are the ids of the steps. */
export function cacheMisses(build: ExplainedBuild): Map<string, CacheMiss> {
  const now = readFacts(build.facts)
  const earlier = build.earlier.map(readFacts)
  const misses = new Map<string, CacheMiss>()
  for (const [id, after] of missedSteps(build.steps)) {
    const step = build.steps.find((one) => one.id === id)
    const place = step === undefined ? undefined : placeOfStep(step.name)
    if (place === undefined) continue
    if (build.noCache) misses.set(id, { kind: 'no-cache' })
    else if (after !== undefined) misses.set(id, { kind: 'earlier-step', step: after })
    else misses.set(id, ownReason(now, earlier, place))
  }
  return misses
}

/** What is known of a build of another program: which steps only had to run because an earlier one had to. */
export function missesAfterOthers(steps: readonly BuildStep[]): Map<string, CacheMiss> {
  const misses = new Map<string, CacheMiss>()
  for (const [id, after] of missedSteps(steps))
    if (after !== undefined) misses.set(id, { kind: 'earlier-step', step: after })
  return misses
}

/**
 * The ids of the steps that were not cached. If an earlier step is the reason, the value is its name. The base image is
 * no such step: BuildKit knows what is in an image without fetching it.
 */
function missedSteps(steps: readonly BuildStep[]): Map<string, string | undefined> {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const missed = new Map<string, string | undefined>()
  const isMissed = ({ name, cached, startedAt }: BuildStep) =>
    !cached && startedAt !== null && placeOfStep(name) !== undefined && !isBaseStep(name)
  /** The first missed step before this one, if there is one. */
  function cause(step: BuildStep, seen: Set<string>): BuildStep | undefined {
    for (const id of step.inputs) {
      const input = byId.get(id)
      if (input === undefined || seen.has(id)) continue
      seen.add(id)
      const found = cause(input, seen) ?? (isMissed(input) ? input : undefined)
      if (found !== undefined) return found
    }
    return undefined
  }
  for (const step of steps) if (isMissed(step)) missed.set(step.id, cause(step, new Set([step.id]))?.name)
  return missed
}

/** Why a step is not what it was in the newest build that has completed it. */
function ownReason(now: ReadFacts, earlier: readonly ReadFacts[], place: StepPlace): CacheMiss {
  const before = earlier.find(({ facts }) => facts.done.includes(placeKey(place)))
  if (before === undefined) return { kind: 'first' }
  const [stage, oldStage] = [stageNamed(now.stages, place.stage), stageNamed(before.stages, place.stage)]
  const instruction = numberedOf(stage)[place.number - 1]
  const oldInstruction = numberedOf(oldStage)[place.number - 1]
  if (stage === undefined || oldStage === undefined) return { kind: 'unknown' }
  if (instruction === undefined || oldInstruction === undefined) return { kind: 'unknown' }
  const sides = [
    { ...now, stage },
    { ...before, stage: oldStage },
  ] as const
  return (
    otherBase(...sides) ??
    otherInstruction(numberedOf(stage), numberedOf(oldStage), place.number) ??
    ContextChanges.between(before.facts, now.facts)?.of(instruction)?.reason ??
    otherSetting({ now: instruction, before: oldInstruction }, ...sides) ?? { kind: 'unknown' }
  )
}
