import type { BuildForecast, ForecastRequest } from '../../shared/build-forecast'
import { BerthError } from '../../shared/errors'
import type { Image } from '../../shared/images'
import { untilAborted } from '../lib'
import type { HostFolders } from '../mounts'
import { argumentFacts, type CacheFacts, type ContextFile } from './cache-facts'
import { cacheForecast } from './cache-forecast'
import type { CacheMemory } from './cache-memory'
import { listedFiles } from './cache-watch'
import { readDockerfile } from './dockerfile'
import { imageNames } from './image-names'

export interface ForecastSources {
  request: ForecastRequest
  memory: Pick<CacheMemory, 'earlier'>
  /** Reads of the folder go through it, because a network drive may hang. */
  hostFolders: Pick<HostFolders, 'look'>
  /** A local image by its name. */
  localImage: (name: string) => Pick<Image, 'id' | 'digests'> | undefined
}

/**
 * Compares the folder of a build, as it is now, with the facts of the earlier builds.
 * @throws BerthError build.folder-missing, build.dockerfile-missing, build.target-missing; as `HostFolders.look`; the
 *   signal's reason
 */
export async function readForecast(
  { request, memory, localImage, hostFolders }: ForecastSources,
  signal: AbortSignal = new AbortController().signal,
): Promise<BuildForecast> {
  const { folder, target, noCache, pull } = request
  /** Begins nothing if the user has left while another look had its turn. */
  const look: Look = (read) => {
    const looking = hostFolders.look(folder, async () => {
      signal.throwIfAborted()
      return read()
    })
    return untilAborted(looking, signal)
  }
  const dockerfileText = await look(() => readDockerfile(request))
  const earlier = await memory.earlier(request)
  const [newest] = earlier
  if (newest === undefined) return { comparedWith: null, steps: [] }
  const names = imageNames(dockerfileText, request)
  const steps = cacheForecast({
    facts: {
      dockerfileText,
      arguments: argumentFacts(request),
      files: await filesNow(request, earlier, look),
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

type Look = <T>(read: () => Promise<T>) => Promise<T>

/** Null if there are too many files, or if the folder does not answer in time. */
async function filesNow(
  request: ForecastRequest,
  earlier: readonly CacheFacts[],
  look: Look,
): Promise<ContextFile[] | null> {
  const leaving = new AbortController()
  try {
    return await look(() => listedFiles(request, earlier, leaving.signal))
  } catch (error) {
    if (error instanceof BerthError && error.code === 'host-folder.no-answer') return null
    throw error
  } finally {
    leaving.abort()
  }
}

/** The digest of a name such as `node@sha256:…`. */
function digestIn(name: string): string {
  return name.slice(name.indexOf('@') + 1)
}
