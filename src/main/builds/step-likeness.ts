import type { Instruction } from 'dockerfile-ast'
import { onlyStage } from '../../shared/build-steps'
import type { ForecastReason } from '../../shared/build-forecast'
import { digestOf, otherInstruction } from './cache-comparison'
import { type CacheFacts, placeIn } from './cache-facts'
import { otherBaseVariable, otherSetting, type ReadFacts } from './cache-settings'
import { ContextChanges } from './context-changes'
import { numberedOf, type Stage, stageNamed } from './dockerfile'
import { inputsOf, textOf } from './instructions'

/** What decides the steps of a build that has not begun. */
export type PresentFacts = Pick<CacheFacts, 'dockerfileText' | 'arguments' | 'files'> & {
  /** The id and the digests of a local image. Empty if BuildKit asks the registry. */
  localImage: (name: string) => readonly string[]
}

/** Whether a step is what it was in an earlier build. */
export type Likeness = 'same' | 'unsure' | 'different'

export interface ComparedStep {
  /** Also different if a step before it is. */
  likeness: Likeness
  /** Whether the earlier build has completed the step. */
  isDone: boolean
  /** Undefined if the step itself is the same, without the steps before it. */
  own: OwnDifference | undefined
}

interface OwnDifference {
  likeness: Exclude<Likeness, 'same'>
  /** Undefined if the reason is a stage that the step reads. */
  reason: ForecastReason | undefined
}

/** The stages that a step of this build reads with `--from`. */
export function stagesRead(instruction: Instruction, stages: readonly Stage[], stage: Stage): Stage[] {
  const above = stages.slice(0, stages.indexOf(stage))
  return inputsOf(instruction).from.flatMap((name) => stageAt(above, name) ?? [])
}

/** A stage by its name or number, as `--from` and `--target` name it. */
export function stageAt(stages: readonly Stage[], name: string): Stage | undefined {
  const named = stages.find((stage) => stage.name === name.toLowerCase())
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
}

/** Compares the steps of a build that has not begun with those of one earlier build. */
export class StepLikeness {
  readonly #now: ReadFacts<PresentFacts>
  readonly #before: ReadFacts
  readonly #stages = new Map<Stage, ComparedStep[]>()
  /** Whether everything in a stage is what it was. */
  readonly #ends = new Map<Stage, Likeness>()
  /** Undefined if the files of a build are not known. */
  readonly #context: ContextChanges | undefined
  /** The last completed step of each stage, by the name that BuildKit gives the stage. */
  readonly #done = new Map<string, number>()

  constructor(now: ReadFacts<PresentFacts>, before: ReadFacts) {
    this.#now = now
    this.#before = before
    this.#context = ContextChanges.between(before.facts, now.facts)
    for (const { stage, number } of before.facts.done.map(placeIn))
      this.#done.set(stage, Math.max(number, this.#done.get(stage) ?? 0))
  }

  /** The steps of a stage in their order. */
  stepsOf(stage: Stage): readonly ComparedStep[] {
    const known = this.#stages.get(stage)
    if (known !== undefined) return known
    const steps: ComparedStep[] = []
    this.#stages.set(stage, steps)
    const old = this.#old(stage)
    const done = old === undefined ? 0 : this.#lastDone(old)
    let above = this.#beginning(stage, old)
    for (const [index, instruction] of numberedOf(stage).entries()) {
      const own = old === undefined ? undefined : this.#own(stage, old, instruction, index)
      const likeness = old === undefined ? 'different' : worst(above, own?.likeness ?? 'same')
      above = likeness
      steps.push({ likeness, own, isDone: index < done })
    }
    this.#ends.set(stage, above)
    return steps
  }

  #end(stage: Stage): Likeness {
    this.stepsOf(stage)
    return this.#ends.get(stage) ?? 'different'
  }

  /** What a stage begins with. If this is an image, its FROM is a step. */
  #beginning(stage: Stage, old: Stage | undefined): Likeness {
    if (old === undefined || !beginsAlike(stage, old)) return 'different'
    return stage.parent === undefined ? 'same' : this.#end(stage.parent)
  }

  #own(stage: Stage, old: Stage, instruction: Instruction, index: number): OwnDifference | undefined {
    if (index === 0 && !beginsAlike(stage, old)) {
      const [image, before] = [stage.base, old.base]
      return { likeness: 'different', reason: { kind: 'base-image', image, before, now: image } }
    }
    if (instruction.getKeyword() === 'FROM') return this.#base(stage, old)
    const oldInstruction = numberedOf(old)[index]
    const other = otherInstruction(numberedOf(stage), numberedOf(old), index + 1)
    if (other !== undefined) return { likeness: 'different', reason: other }
    // The texts are equal, so there is an instruction.
    if (oldInstruction === undefined) return undefined
    return (
      this.#files(instruction) ??
      this.#setting(stage, old, { now: instruction, before: oldInstruction }) ??
      this.#inputs(stage, instruction)
    )
  }

  #base(stage: Stage, old: Stage): OwnDifference | undefined {
    const [now, before] = [stage.instructions[0], old.instructions[0]].map((from) =>
      from === undefined ? '' : textOf(from),
    )
    if (platformIn(now) !== platformIn(before))
      return { likeness: 'different', reason: { kind: 'instruction', before: before ?? '' } }
    const variable = otherBaseVariable(stage.base, this.#now, this.#before)
    if (variable !== undefined) return { likeness: 'different', reason: variable }
    return this.#image(stage.base)
  }

  /** An image without a digest in its name. The earlier build may have had another one of the same name. */
  #image(image: string): OwnDifference | undefined {
    if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined
    const [now, ...others] = this.#now.facts.localImage(image)
    const before = digestOf(image, this.#before.facts)
    if (now === undefined || before === undefined)
      return { likeness: 'unsure', reason: { kind: 'registry', image } }
    if (now === before || others.includes(before)) return undefined
    return { likeness: 'different', reason: { kind: 'base-image', image, before, now } }
  }

  #files(instruction: Instruction): OwnDifference | undefined {
    if (inputsOf(instruction).takes === undefined) return undefined
    if (this.#context === undefined) return { likeness: 'unsure', reason: { kind: 'unread' } }
    const change = this.#context.of(instruction) ?? this.#context.unlistedOf(instruction)
    if (change === undefined) return undefined
    return { likeness: change.isCertain ? 'different' : 'unsure', reason: change.reason }
  }

  #setting(stage: Stage, old: Stage, instruction: { now: Instruction; before: Instruction }) {
    const reason = otherSetting(instruction, { ...this.#now, stage }, { ...this.#before, stage: old })
    return reason === undefined ? undefined : ({ likeness: 'different', reason } as const)
  }

  /** BuildKit compares the content of what a step reads from another stage. Only a build makes this content. */
  #inputs(stage: Stage, instruction: Instruction): OwnDifference | undefined {
    const { from, address } = inputsOf(instruction)
    if (address !== undefined) return { likeness: 'unsure', reason: { kind: 'address', address } }
    const stages = stagesRead(instruction, this.#now.stages, stage)
    const isOther = stages.some((one) => this.#end(one) !== 'same')
    if (isOther) return { likeness: 'unsure', reason: undefined }
    const above = this.#now.stages.slice(0, this.#now.stages.indexOf(stage))
    const images = from.filter((name) => stageAt(above, name) === undefined)
    return images.map((image) => this.#image(image)).find((found) => found !== undefined)
  }

  /** The stage of the earlier build. If both builds have one stage, its name means nothing. */
  #old(stage: Stage): Stage | undefined {
    const [now, before] = [this.#now.stages, this.#before.stages]
    const only = now.length === 1 && before.length === 1 ? before[0] : undefined
    return only ?? stageNamed(before, stage.name)
  }

  /**
   * How many steps of a stage the earlier build has completed. A completed step has needed the steps before it,
   * although BuildKit may not have reported them. BuildKit does not name a stage that is the only one.
   */
  #lastDone(old: Stage): number {
    const isOnly = this.#before.stages.length === 1
    return this.#done.get(isOnly ? onlyStage : old.name) ?? 0
  }
}

function beginsAlike(stage: Stage, old: Stage): boolean {
  const isStage = (one: Stage) => one.parent !== undefined
  return stage.base === old.base && isStage(stage) === isStage(old)
}

function platformIn(from: string | undefined): string | undefined {
  return /--platform=(\S+)/.exec(from ?? '')?.[1]
}

function worst(one: Likeness, other: Likeness): Likeness {
  if (one === 'different' || other === 'different') return 'different'
  return one === 'unsure' || other === 'unsure' ? 'unsure' : 'same'
}
