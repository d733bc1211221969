import { Copy, type Instruction, JSONInstruction } from 'dockerfile-ast'
import type { BuildStep, CacheMiss } from '../../shared/builds'
import { type CacheFacts, changedFiles, placeKey } from './cache-facts'
import { numberedOf, placeOfStep, type Stage, stageNamed, stagesOf, type StepPlace } from './dockerfile'

/** The most names of changed files that one reason has. */
const namedFiles = 5
/** These instructions run nothing, but they change what a later step runs with. */
const settings = new Set(['ENV', 'ARG', 'USER', 'SHELL'])

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
  const stages = stagesOf(build.facts.dockerfileText)
  const misses = new Map<string, CacheMiss>()
  for (const [id, after] of missedSteps(build.steps)) {
    const step = build.steps.find((one) => one.id === id)
    const place = step === undefined ? undefined : placeOfStep(step.name)
    if (place === undefined) continue
    if (build.noCache) misses.set(id, { kind: 'no-cache' })
    else if (after !== undefined) misses.set(id, { kind: 'earlier-step', step: after })
    else misses.set(id, ownReason(build, stages, place))
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
  const isMissed = (step: BuildStep) =>
    !step.cached && step.startedAt !== null && (placeOfStep(step.name)?.number ?? 1) > 1
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

function ownReason(build: ExplainedBuild, stages: readonly Stage[], place: StepPlace): CacheMiss {
  const before = build.earlier.find(({ done }) => done.includes(placeKey(place)))
  if (before === undefined) return { kind: 'first' }
  const oldStages = stagesOf(before.dockerfileText)
  const [stage, oldStage] = [stageNamed(stages, place.stage), stageNamed(oldStages, place.stage)]
  const [now, old] = [numberedOf(stage), numberedOf(oldStage)]
  const instruction = now[place.number - 1]
  const oldInstruction = old[place.number - 1]
  if (stage === undefined || instruction === undefined || oldInstruction === undefined)
    return { kind: 'unknown' }
  return (
    otherBase({ stages, oldStages, stage, oldStage, facts: build.facts, before }) ??
    otherInstruction(now, old, place.number) ??
    changedContext(instruction, build.facts, before) ??
    otherSetting(settingsBefore(stages, stage, instruction), {
      old: settingsBefore(oldStages, oldStage, oldInstruction),
      facts: build.facts,
      before,
    }) ?? { kind: 'unknown' }
  )
}

function otherBase(options: {
  stages: readonly Stage[]
  oldStages: readonly Stage[]
  stage: Stage
  oldStage: Stage | undefined
  facts: CacheFacts
  before: CacheFacts
}): CacheMiss | undefined {
  const image = imageOf(options.stages, options.stage)
  const oldImage = options.oldStage === undefined ? '' : imageOf(options.oldStages, options.oldStage)
  if (image !== oldImage) return { kind: 'base-image', image, before: oldImage, now: image }
  const digest = (facts: CacheFacts) => facts.bases.find((base) => base.image === image)?.digest
  const [now, before] = [digest(options.facts), digest(options.before)]
  if (now === undefined || before === undefined || now === before) return undefined
  return { kind: 'base-image', image, before, now }
}

/** The image that a stage begins with, also through other stages. */
function imageOf(stages: readonly Stage[], stage: Stage): string {
  return chainOf(stages, stage)[0]?.base ?? ''
}

/** A stage after the stages that it begins with, the first one first. */
function chainOf(stages: readonly Stage[], stage: Stage): Stage[] {
  const earlier = stages.slice(0, stages.indexOf(stage))
  const base = earlier.find(({ name }) => name === stage.base.toLowerCase())
  return [...(base === undefined ? [] : chainOf(earlier, base)), stage]
}

function otherInstruction(
  now: readonly Instruction[],
  old: readonly Instruction[],
  number: number,
): CacheMiss | undefined {
  const text = (instruction: Instruction | undefined) =>
    instruction === undefined ? '' : textOf(instruction)
  const [mine, theirs] = [text(now[number - 1]), text(old[number - 1])]
  const follows = now.slice(1, number - 1).findIndex((one, index) => text(one) !== text(old[index + 1]))
  if (follows >= 0) return { kind: 'order', before: text(old[follows + 1]) }
  if (mine === theirs) return undefined
  // A step was put in, or one was taken out.
  if (now.slice(number).some((one) => text(one) === theirs)) return { kind: 'new-step' }
  if (old.slice(number).some((one) => text(one) === mine)) return { kind: 'order', before: theirs }
  return { kind: 'instruction', before: theirs }
}

/** COPY and ADD take files of the folder, and so does RUN with a bind mount. */
function changedContext(
  instruction: Instruction,
  facts: CacheFacts,
  before: CacheFacts,
): CacheMiss | undefined {
  if (facts.files === null || before.files === null) return undefined
  const sources = sourcesOf(instruction)
  if (sources.length === 0) return undefined
  const names = changedFiles(before.files, facts.files).filter((path) =>
    sources.some((source) => source(path)),
  )
  if (names.length === 0) return undefined
  return { kind: 'files', names: names.slice(0, namedFiles), more: Math.max(0, names.length - namedFiles) }
}

/** Functions that tell whether an instruction takes a file. Without any, it takes none of the folder. */
function sourcesOf(instruction: Instruction): ((path: string) => boolean)[] {
  const everything = () => true
  const keyword = instruction.getKeyword()
  if (keyword === 'RUN')
    return /--mount=\S*type=bind(?!\S*from=)/.test(textOf(instruction)) ? [everything] : []
  if ((keyword !== 'COPY' && keyword !== 'ADD') || !(instruction instanceof JSONInstruction)) return []
  if (instruction instanceof Copy && instruction.getFromFlag() !== null) return []
  const json = instruction.getJSONStrings().map((one) => one.getJSONValue())
  const words = json.length > 0 ? json : instruction.getArguments().map((one) => one.getValue())
  return words.slice(0, -1).map((written) => {
    const source = written.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '')
    // A pattern or a variable may mean any file.
    if (source === '' || source === '.' || /[*?[$\\]|^<</.test(source)) return everything
    return (path) => path === source || path.startsWith(`${source}/`)
  })
}

/** The settings that hold when an instruction runs, in their order. */
function settingsBefore(
  stages: readonly Stage[],
  stage: Stage | undefined,
  instruction: Instruction,
): Instruction[] {
  if (stage === undefined) return []
  const all = chainOf(stages, stage).flatMap(({ instructions }) => instructions)
  return all.slice(0, all.indexOf(instruction)).filter((one) => settings.has(one.getKeyword()))
}

function otherSetting(
  now: readonly Instruction[],
  { old, facts, before }: { old: readonly Instruction[]; facts: CacheFacts; before: CacheFacts },
): CacheMiss | undefined {
  const [mine, theirs] = [now.map(textOf), old.map(textOf)]
  const longer = mine.length >= theirs.length ? mine : theirs
  const index = longer.findIndex((_, at) => mine[at] !== theirs[at])
  if (index >= 0) return { kind: 'setting', now: mine[index] ?? null, before: theirs[index] ?? null }
  const values = (one: CacheFacts) => new Map(one.arguments.map(({ name, hash }) => [name, hash]))
  const [newValues, oldValues] = [values(facts), values(before)]
  const declared = now.filter((one) => one.getKeyword() === 'ARG').flatMap(argumentNames)
  const names = declared.filter((name) => newValues.get(name) !== oldValues.get(name))
  return names.length === 0 ? undefined : { kind: 'arguments', names }
}

function argumentNames(instruction: Instruction): string[] {
  return instruction.getArguments().map((one) => one.getValue().split('=')[0] ?? '')
}

/** The text of an instruction without its line breaks. */
function textOf(instruction: Instruction): string {
  const content = instruction.getRawArgumentsContent() ?? ''
  return `${instruction.getKeyword()} ${content}`.replaceAll(/\\\r?\n\s*/g, ' ').trim()
}
