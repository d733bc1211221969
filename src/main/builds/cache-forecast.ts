import type { ForecastReason, ForecastStep } from '../../shared/build-forecast'
import type { CacheFacts } from './cache-facts'
import { propertiesOf, type ReadFacts, readFacts } from './cache-settings'
import { type DockerfileParts, numberedOf, type Stage } from './dockerfile'
import { inputsOf, textOf } from './instructions'
import { type ComparedStep, type PresentFacts, stageAt, StepLikeness, stagesRead } from './step-likeness'

export interface ForecastBuild {
  facts: PresentFacts
  /** Empty for the last stage. */
  target: string
  noCache: boolean
  /** The facts of earlier builds of the same Dockerfile, the newest first. */
  earlier: readonly CacheFacts[]
}

/** The longest name of a step in UTF-16 code units. A here-document may be long. */
const longestName = 500

/**
 * The most instructions, variables and sources of a Dockerfile that Berth compares. Each step is compared with all of
 * them, so a Dockerfile with more could block Berth.
 */
const mostParts = 1000

/** BuildKit runs these without its cache, if the user wants that. WORKDIR still comes from the cache. */
const ignoresCache = new Set(['RUN', 'COPY', 'ADD'])

/** A step with the first steps before it that run, and that Berth cannot tell. */
interface Expected extends ForecastStep {
  running: string | undefined
  unsure: string | undefined
}

/**
 * Tells which steps of a build would come from the cache, and why the others would run. It is a forecast: BuildKit may
 * have cleared its cache, or may know steps of builds that Berth does not know. Undefined if there is no such target.
 */
export function cacheForecast(build: ForecastBuild): ForecastStep[] | undefined {
  const now = readFacts(build.facts)
  const earlier = build.earlier.map((facts): ReadFacts => {
    const isSame = facts.dockerfileText === build.facts.dockerfileText
    return isSame ? { ...now, facts } : readFacts(facts)
  })
  const { stages } = now
  const target = build.target === '' ? stages.at(-1) : stageAt(stages, build.target)
  if (target === undefined) return undefined
  if ([now, ...earlier].some(isTooLong)) return unsureSteps(target, stages)
  const needed = neededStages(target, stages)
  const comparisons = earlier.map((facts) => new StepLikeness(now, facts))
  const ends = new Map<Stage, Expected | undefined>()
  const all: Expected[] = []
  for (const stage of stages.filter((one) => needed.has(one))) {
    const names = stepNames(stage, stages)
    let above = stage.parent === undefined ? undefined : ends.get(stage.parent)
    for (const [index, instruction] of numberedOf(stage).entries()) {
      const compared = comparisons.flatMap((one) => one.stepsOf(stage)[index] ?? [])
      const isForced = build.noCache && ignoresCache.has(instruction.getKeyword())
      const name = names[index] ?? ''
      const read = stagesRead(instruction, stages, stage).flatMap((one) => ends.get(one) ?? [])
      const found: Omit<ForecastStep, 'name'> = isForced
        ? { verdict: 'runs', reason: { kind: 'no-cache' } }
        : expected(compared, above, read, build.noCache)
      above = {
        ...{ name, ...found },
        running: above?.running ?? (found.verdict === 'runs' ? name : undefined),
        unsure: above?.unsure ?? (found.verdict === 'unsure' ? name : undefined),
      }
      all.push(above)
    }
    ends.set(stage, above)
  }
  return all.map(({ name, verdict, reason }) => ({ name, verdict, reason }))
}

/** The names of a stage's steps, as BuildKit writes them. */
function stepNames(stage: Stage, stages: readonly Stage[]): string[] {
  const instructions = numberedOf(stage)
  const total = String(instructions.length)
  return instructions.map((instruction, index) => {
    const number = String(index + 1).padStart(total.length)
    const text = instruction.getKeyword() === 'FROM' ? `FROM ${stage.base}` : textOf(instruction)
    const place = `${stages.length > 1 ? `${stage.name} ` : ''}${number}/${total}`
    return `[${place}] ${text}`.slice(0, longestName)
  })
}

function isTooLong({ stages, globals }: DockerfileParts): boolean {
  let parts = 0
  for (const instruction of [...globals, ...stages.flatMap(({ instructions }) => instructions)]) {
    parts += 1 + propertiesOf(instruction).length + inputsOf(instruction).count
    if (parts > mostParts) return true
  }
  return false
}

/** The answer for a Dockerfile that is too long. The steps of other stages are left out. */
function unsureSteps(target: Stage, stages: readonly Stage[]): ForecastStep[] {
  return stepNames(target, stages)
    .slice(0, mostParts)
    .map((name) => ({ name, verdict: 'unsure', reason: { kind: 'unknown' } }))
}

/** `above` is the step before this one, and `read` are the last steps of the stages that this one reads. */
function expected(
  compared: readonly ComparedStep[],
  above: Expected | undefined,
  read: readonly Expected[],
  noCache: boolean,
): Omit<ForecastStep, 'name'> {
  const done = compared.filter(({ isDone }) => isDone)
  const after = (step: string | undefined): ForecastReason | undefined =>
    step === undefined ? undefined : { kind: 'earlier-step', step }
  if (done.some(({ likeness }) => likeness === 'same')) {
    const forced = noCache ? after(above?.running) : undefined
    return forced === undefined ? { verdict: 'cached', reason: null } : { verdict: 'unsure', reason: forced }
  }
  const doubt = done.find(({ likeness }) => likeness === 'unsure')
  if (doubt !== undefined) {
    const ofRead = read.map(({ running, unsure }) => running ?? unsure).find((step) => step !== undefined)
    const reason = doubt.own?.reason ?? after(doubt.own === undefined ? above?.unsure : ofRead)
    return { verdict: 'unsure', reason: reason ?? { kind: 'unknown' } }
  }
  const own = done.find((step) => step.own?.likeness === 'different')?.own?.reason
  return { verdict: 'runs', reason: after(above?.running) ?? own ?? { kind: 'first' } }
}

/** The target and the stages that it begins with or reads. BuildKit leaves out the others. */
function neededStages(target: Stage, stages: readonly Stage[]): Set<Stage> {
  const needed = new Set<Stage>()
  const add = (stage: Stage): void => {
    if (needed.has(stage)) return
    needed.add(stage)
    if (stage.parent !== undefined) add(stage.parent)
    for (const instruction of numberedOf(stage)) stagesRead(instruction, stages, stage).forEach(add)
  }
  add(target)
  return needed
}
