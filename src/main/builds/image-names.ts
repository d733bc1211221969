import { PropertyInstruction } from 'dockerfile-ast'
import type { BuildRequest } from '../../shared/builds'
import { type DockerfileParts, partsOf } from './dockerfile'
import { inputsOf } from './instructions'

/**
 * The images that the steps of a Dockerfile read. The keys are the names as they are written, and the values are the
 * names with the values of their variables.
 */
export function imageNames(text: string, request: Pick<BuildRequest, 'arguments'>): Map<string, string> {
  const { stages, globals } = partsOf(text)
  const values = argumentValues(globals, request)
  const bases = stages.filter(({ parent }) => parent === undefined).map(({ base }) => base)
  const read = stages.flatMap(({ instructions }) => instructions.flatMap((one) => inputsOf(one).from))
  const isStage = (name: string) =>
    /^\d+$/.test(name) || stages.some((one) => one.name === name.toLowerCase())
  const images = [...bases, ...read.filter((name) => !isStage(name))].filter((name) => name !== '')
  return new Map(images.map((image) => [image, withValues(image, values)]))
}

function argumentValues(
  globals: DockerfileParts['globals'],
  request: Pick<BuildRequest, 'arguments'>,
): Map<string, string> {
  const given = new Map(request.arguments.map(({ name, value }) => [name, value]))
  const values = new Map<string, string>()
  for (const instruction of globals) {
    if (!(instruction instanceof PropertyInstruction)) continue
    for (const property of instruction.getProperties()) {
      const name = property.getName()
      const value = given.get(name) ?? withValues(property.getValue() ?? '', values)
      values.set(name, value)
    }
  }
  return values
}

/** A variable with another form, such as `${A%b}`, stays as it is. */
function withValues(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::?-([^${}]*))?\})/g,
    (_, plain: string | undefined, name: string | undefined, otherwise = '') =>
      values.get(plain ?? name ?? '') ?? String(otherwise),
  )
}
