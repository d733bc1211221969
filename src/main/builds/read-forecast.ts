import type { BuildForecast, ForecastRequest } from '../../shared/build-forecast'
import { BerthError } from '../../shared/errors'
import type { Image } from '../../shared/images'
import { untilAborted, within } from '../lib'
import { argumentFacts, type CacheFacts, type ContextFile } from './cache-facts'
import { cacheForecast } from './cache-forecast'
import type { CacheMemory } from './cache-memory'
import { listedFiles } from './cache-watch'
import { readDockerfile } from './dockerfile'
import { imageNames } from './image-names'

/** The longest wait for the Dockerfile, and then for the files of the folder, in milliseconds. */
const answerMs = 5000

export interface ForecastSources {
  request: ForecastRequest
  memory: Pick<CacheMemory, 'earlier'>
  /** A local image by its name. */
  localImage: (name: string) => Pick<Image, 'id' | 'digests'> | undefined
}

/**
 * Compares the folder of a build, as it is now, with the facts of the earlier builds.
 * @throws BerthError build.folder-missing, build.dockerfile-missing, build.target-missing, host-folder.no-answer; the
 *   signal's reason
 */
export async function readForecast(
  { request, memory, localImage }: ForecastSources,
  signal: AbortSignal = new AbortController().signal,
): Promise<BuildForecast> {
  const { folder, target, noCache, pull } = request
  const noAnswer = () => new BerthError('host-folder.no-answer', { path: folder })
  const dockerfileText = await within(readDockerfile(request), answerMs, noAnswer)
  signal.throwIfAborted()
  const earlier = await memory.earlier(request)
  const [newest] = earlier
  if (newest === undefined) return { comparedWith: null, steps: [] }
  const names = imageNames(dockerfileText, request)
  const steps = cacheForecast({
    facts: {
      dockerfileText,
      arguments: argumentFacts(request),
      files: await filesNow(request, earlier, signal),
      localImage: (written) => {
        const found = pull ? undefined : localImage(names.get(written) ?? written)
        return found === undefined ? [] : [found.id, ...found.digests.map(digestIn)]
      },
    },
    ...{ target, noCache, earlier },
  })
  if (steps === undefined) throw new BerthError('build.target-missing', { target })
  return { comparedWith: newest.startedAt, steps }
}

/** Null if there are too many files, or if the folder does not answer in time. */
async function filesNow(
  request: ForecastRequest,
  earlier: readonly CacheFacts[],
  signal: AbortSignal,
): Promise<ContextFile[] | null> {
  const leaving = new AbortController()
  const listing = listedFiles(request, earlier, AbortSignal.any([signal, leaving.signal]))
  try {
    return await within(untilAborted(listing, signal), answerMs, () => new Error('no answer'))
  } catch {
    signal.throwIfAborted()
    return null
  } finally {
    leaving.abort()
  }
}

/** The digest of a name such as `node@sha256:…`. */
function digestIn(name: string): string {
  return name.slice(name.indexOf('@') + 1)
}
