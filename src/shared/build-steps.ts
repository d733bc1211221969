/** A step's name: `[build 2/4] RUN npm ci`, `[2/4] …`, `[linux/arm64 build 2/4] …`, `[ 2/10] …`. */
const stepName = /^\[(?:[a-z0-9_]+\/[a-z0-9_/]+ )?(?:(\S+) )? *(\d+)\/\d+\] /

/** The instruction that a step runs: the stage, and the position among the instructions that BuildKit numbers. */
export interface StepPlace {
  stage: string
  /** From 1, as in `[2/4]`. */
  number: number
}

/** The stage of a step whose name has none. */
export const onlyStage = 'stage-0'

/** The place of a step. Undefined for BuildKit's internal steps. If there is only one stage, steps do not name it. */
export function placeOfStep(name: string): StepPlace | undefined {
  const match = stepName.exec(name)
  return match === null ? undefined : { stage: match[1] ?? onlyStage, number: Number(match[2]) }
}
