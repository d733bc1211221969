import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { placeOfStep } from '../../shared/build-steps'
import type { BuildRequest } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import { message } from '../lib'
import { readSmallFile } from './small-file'

/**
 * Reads the Dockerfile of a request.
 * @throws BerthError build.dockerfile-missing, build.folder-missing
 */
export async function readDockerfile({
  folder,
  dockerfile,
}: Pick<BuildRequest, 'folder' | 'dockerfile'>): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new BerthError('build.folder-missing', { path: folder })
  const path = join(folder, dockerfile)
  try {
    return await readSmallFile(path)
  } catch (error) {
    throw new BerthError('build.dockerfile-missing', { path }, { detail: message(error), cause: error })
  }
}

/** The images that the Dockerfile's stages begin with, without names of stages and without variables. */
export function baseImages(text: string): string[] {
  const stages = new Set<string>(['scratch'])
  const images = new Set<string>()
  for (const from of DockerfileParser.parse(text).getFROMs()) {
    const image = from.getImage()
    if (image !== null && !image.includes('$') && !stages.has(image.toLowerCase())) images.add(image)
    const stage = from.getBuildStage()
    if (stage !== null) stages.add(stage.toLowerCase())
  }
  return [...images]
}

/** BuildKit numbers only these instructions. ENV, CMD and the like only change the image's configuration. */
const numbered = new Set(['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR'])

/** A stage of a Dockerfile: its FROM and the instructions after it. */
export interface Stage {
  /** The stage's own name in lower case, or `stage-N`. */
  name: string
  /** The image or the stage that this stage begins with, as it is written. */
  base: string
  /** The stage that this stage begins with. Undefined if it begins with an image, or with nothing. */
  parent: Stage | undefined
  instructions: readonly Instruction[]
}

/** True for the step that gets a base image. */
export function isBaseStep(name: string): boolean {
  return placeOfStep(name) !== undefined && name.includes('] FROM ')
}

/** Returns the line, from 1, of the instruction that a step runs. Undefined for BuildKit's internal steps. */
export function lineOfStep(text: string, name: string): number | undefined {
  const place = placeOfStep(name)
  if (place === undefined) return undefined
  const instruction = numberedOf(stageNamed(stagesOf(text), place.stage))[place.number - 1]
  return instruction === undefined ? undefined : instruction.getRange().start.line + 1
}

/** The instructions of a stage that BuildKit numbers. FROM is one of them if it names an image. */
export function numberedOf(stage: Stage | undefined): readonly Instruction[] {
  if (stage === undefined) return []
  const hasImage = stage.parent === undefined && stage.base.toLowerCase() !== 'scratch'
  return stage.instructions.filter((one, index) => numbered.has(one.getKeyword()) && (index > 0 || hasImage))
}

/** A stage after the stages that it begins with, the first one first. */
export function chainOf(stage: Stage): Stage[] {
  const chain: Stage[] = []
  for (let one: Stage | undefined = stage; one !== undefined; one = one.parent) chain.push(one)
  return chain.reverse()
}

/** BuildKit calls a stage without a name `stage-N`. */
export function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  const number = /^stage-(\d+)$/.exec(name)?.[1]
  return (
    stages.find((stage) => stage.name === name) ?? (number === undefined ? undefined : stages[Number(number)])
  )
}

export interface DockerfileParts {
  stages: readonly Stage[]
  /** The ARG instructions above the first stage. Only FROM and an ARG without a value use them. */
  globals: readonly Instruction[]
}

export function partsOf(text: string): DockerfileParts {
  const dockerfile = DockerfileParser.parse(text)
  return { stages: stagesIn(dockerfile), globals: dockerfile.getInitialARGs() }
}

export function stagesOf(text: string): Stage[] {
  return stagesIn(DockerfileParser.parse(text))
}

function stagesIn(dockerfile: Dockerfile): Stage[] {
  const found: (Stage & { instructions: Instruction[] })[] = []
  const byName = new Map<string, Stage>()
  const froms = dockerfile.getFROMs()
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = froms[found.length]
      const name = from?.getBuildStage()?.toLowerCase() ?? `stage-${found.length}`
      const base = from?.getImage() ?? ''
      const stage = { name, base, parent: byName.get(base.toLowerCase()), instructions: [] }
      found.push(stage)
      if (!byName.has(name)) byName.set(name, stage)
    }
    found.at(-1)?.instructions.push(instruction)
  }
  return found
}
