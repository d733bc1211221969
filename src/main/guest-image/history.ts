import { z } from 'zod'
import { berthFile, type BerthPaths } from '../host'
import { JsonFile } from '../lib'

/** The recipes of the guest images that have booted with the data disk, and of the one that the user has rejected. */
const historySchema = z.object({
  current: z.string().optional(),
  previous: z.string().optional(),
  /**
   * The image that the user rejected by going back to the previous image. It is not started while it is the newest
   * image.
   */
  rolledBackFrom: z.string().optional(),
})
export type ImageHistory = z.infer<typeof historySchema>

/** The image to start, and the image to which the user can go back. */
export interface HistoryChoice {
  recipe: string
  previous?: string
}

/**
 * Chooses the newest image, unless the user went back from it to the previous image. `exists` says whether an image is
 * still in the cache.
 */
export function chooseFromHistory(
  history: ImageHistory,
  newest: string,
  exists: (recipe: string) => boolean,
): HistoryChoice {
  const previous = [history.current, history.previous].find(
    (recipe) => recipe !== undefined && recipe !== newest && exists(recipe),
  )
  if (previous === undefined) return { recipe: newest }
  return history.rolledBackFrom === newest ? { recipe: previous } : { recipe: newest, previous }
}

/** The history after an image has booted. The user can go back only to the image that had booted before this image. */
export function withBoot(history: ImageHistory, recipe: string): ImageHistory {
  if (history.current === recipe) return history
  return { ...history, current: recipe, previous: history.current }
}

/** An unreadable history counts as empty: the newest image is started, and the user cannot go back. */
export async function readHistory(paths: Pick<BerthPaths, 'machine'>): Promise<ImageHistory> {
  return (await historyFile(paths).readIfValid()) ?? {}
}

/** @throws BerthError host.no-space, host.folder-unwritable */
export async function writeHistory(paths: Pick<BerthPaths, 'machine'>, history: ImageHistory): Promise<void> {
  await historyFile(paths).write(history)
}

function historyFile(paths: Pick<BerthPaths, 'machine'>) {
  return new JsonFile({ path: berthFile(paths, 'imageHistory'), schema: historySchema })
}
