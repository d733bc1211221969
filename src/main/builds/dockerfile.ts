import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import type { BuildRequest } from '../../shared/builds'
import { BerthError } from '../../shared/errors'

/**
 * Reads the Dockerfile of a request.
 * @throws BerthError build.dockerfile-missing, build.folder-missing
 */
export async function readDockerfile({ folder, dockerfile }: BuildRequest): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new BerthError('build.folder-missing', { path: folder })
  const path = join(folder, dockerfile)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new BerthError('build.dockerfile-missing', { path }, { cause: error })
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

/** A step's name: `[build 2/4] RUN npm ci`, `[2/4] …`, `[linux/arm64 build 2/4] …`. */
const stepName = /^\[(?:[a-z0-9_]+\/[a-z0-9_/]+ )?(?:(\S+) )?(\d+)\/\d+\] /

/**
 * Returns the line, from 1, of the instruction that a step runs. Undefined for BuildKit's internal steps. A stage
 * without a name is called `stage-N`. In a Dockerfile with one stage, the steps have no stage name.
 */
export function lineOfStep(text: string, name: string): number | undefined {
  const match = stepName.exec(name)
  if (match === null) return undefined
  const [, stage, number] = match
  const instructions = stages(text)[stage ?? 'stage-0'] ?? []
  const instruction = instructions.filter((one) => numbered.has(one.getKeyword()))[Number(number) - 1]
  return instruction === undefined ? undefined : instruction.getRange().start.line + 1
}

/** The instructions of each stage, under the stage's name and under `stage-N`. Each list begins with its FROM. */
function stages(text: string): Record<string, Instruction[] | undefined> {
  const found: Record<string, Instruction[] | undefined> = Object.create(null) as Record<string, undefined>
  const dockerfile = DockerfileParser.parse(text)
  const names = dockerfile.getFROMs().map((from) => from.getBuildStage()?.toLowerCase())
  let stage = -1
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stage += 1
    if (stage < 0) continue
    const key = `stage-${stage}`
    const list = (found[key] ??= [])
    list.push(instruction)
    const name = names[stage]
    if (name !== undefined) found[name] = list
  }
  return found
}
