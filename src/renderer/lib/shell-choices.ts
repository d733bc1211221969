import { z } from 'zod'
import { shellChoiceSchema, type ShellChoice } from '../../shared/shells'

/** How many images have a remembered choice. */
const most = 200

const storedSchema = z.array(z.tuple([z.string(), shellChoiceSchema]))

/** Reads the choices by image, oldest first. Text that is not such a list gives no choices. */
export function readShellChoices(text: string): Map<string, ShellChoice> {
  try {
    return new Map(storedSchema.parse(JSON.parse(text)))
  } catch {
    return new Map()
  }
}

export function writeShellChoices(choices: ReadonlyMap<string, ShellChoice>): string {
  return JSON.stringify([...choices])
}

/** Remembers the choice for an image. Forgets the oldest choices if there are too many. */
export function withShellChoice(
  choices: ReadonlyMap<string, ShellChoice>,
  image: string,
  choice: ShellChoice,
): Map<string, ShellChoice> {
  const others = [...choices].filter(([name]) => name !== image)
  return new Map([...others, [image, choice] as const].slice(-most))
}
