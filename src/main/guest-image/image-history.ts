import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writePrivateFile } from '../lib'

/** Guest images by their recipe: the ones that have come up on the data disk, and the one that is not wanted. */
const historySchema = z.object({
  current: z.string().optional(),
  previous: z.string().optional(),
  /** Not to be started, though it is the newest: the user went back from it. */
  rolledBackFrom: z.string().optional(),
})
export type ImageHistory = z.infer<typeof historySchema>

/** Which image to start, and which one the user can go back to instead. */
export interface ImageChoice {
  recipe: string
  previous?: string
}

/** The newest image, unless the user went back from that very one; `isThere` tells whether an image still exists. */
export function chooseImage(
  history: ImageHistory,
  newest: string,
  isThere: (recipe: string) => boolean,
): ImageChoice {
  const previous = [history.current, history.previous].find(
    (recipe) => recipe !== undefined && recipe !== newest && isThere(recipe),
  )
  if (previous === undefined) return { recipe: newest }
  return history.rolledBackFrom === newest ? { recipe: previous } : { recipe: newest, previous }
}

/** An image has come up: what came up before it is the one that can be gone back to, and no other is. */
export function cameUp(history: ImageHistory, recipe: string): ImageHistory {
  if (history.current === recipe) return history
  return { ...history, current: recipe, previous: history.current }
}

/** An unreadable history is none: the newest image is started, and nothing is offered to go back to. */
export async function readHistory(file: string): Promise<ImageHistory> {
  try {
    return historySchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}

export async function writeHistory(file: string, history: ImageHistory): Promise<void> {
  await writePrivateFile(file, JSON.stringify(history))
}
