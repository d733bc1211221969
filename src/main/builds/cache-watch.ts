import { placeOfStep } from '../../shared/build-steps'
import type { BuildRequest, BuildStep, CacheMiss } from '../../shared/builds'
import { argumentFacts, type CacheFacts, type ContextFile, contextFacts, placeKey } from './cache-facts'
import { cacheMisses } from './cache-misses'
import { stageNamed, stagesOf } from './dockerfile'
import { IgnoreRules } from './dockerignore'
import { imageNames } from './image-names'

export interface CacheWatchOptions {
  request: BuildRequest
  dockerfileText: string
  startedAt: number
  /** The facts of earlier builds of the same Dockerfile, the newest first. */
  earlier: readonly CacheFacts[]
  /** The id of a local image, when the build began. */
  localImage: (name: string) => string | undefined
}

/**
 * Lists the files that a build may take from its folder. Resolves with null if there are too many, or if Berth could
 * not read them. Never rejects.
 */
export async function listedFiles(
  { folder, dockerfile }: Pick<BuildRequest, 'folder' | 'dockerfile'>,
  earlier: readonly CacheFacts[],
  signal: AbortSignal,
): Promise<ContextFile[] | null> {
  try {
    const rules = await IgnoreRules.read(folder, dockerfile)
    const known = earlier.find(({ files }) => files !== null)?.files ?? []
    return await contextFacts({ folder, rules, signal }, known)
  } catch {
    // BuildKit reports a file that it cannot read, if the build needs the file.
    return null
  }
}

/** Collects the facts of one build, and tells why its steps were not in the cache. */
export class CacheWatch {
  readonly #options: CacheWatchOptions
  readonly #localImages: ReadonlyMap<string, string | undefined>
  /** Undefined until the files of the folder are listed. */
  #files: ContextFile[] | null | undefined
  #misses = new Map<string, CacheMiss>()
  /** How many steps had missed the cache when `#misses` was made. */
  #explained = 0

  constructor(options: CacheWatchOptions) {
    this.#options = options
    const names = [...imageNames(options.dockerfileText, options.request)]
    this.#localImages = new Map(names.map(([image, name]) => [image, options.localImage(name)]))
  }

  /** Lists the files of the build's folder. Resolves when they are listed. Never rejects. */
  async listFiles(signal: AbortSignal): Promise<void> {
    const { request, earlier } = this.#options
    this.#files = await listedFiles(request, earlier, signal)
  }

  /** Why steps were not in the cache, by the ids of the steps. Empty until the files are listed. */
  misses(steps: readonly BuildStep[]): ReadonlyMap<string, CacheMiss> {
    if (this.#files === undefined) return this.#misses
    const missed = steps.filter(({ cached, startedAt }) => !cached && startedAt !== null).length
    if (missed !== this.#explained) {
      this.#explained = missed
      const { earlier, request } = this.#options
      this.#misses = cacheMisses({ steps, noCache: request.noCache, facts: this.facts(steps), earlier })
    }
    return this.#misses
  }

  facts(steps: readonly BuildStep[]): CacheFacts {
    const { request, dockerfileText, startedAt } = this.#options
    return {
      startedAt,
      dockerfileText,
      arguments: argumentFacts(request),
      bases: this.#bases(steps),
      files: this.#files ?? null,
      done: steps.flatMap(({ name, endedAt, error }) => {
        const place = placeOfStep(name)
        return place === undefined || endedAt === null || error !== null ? [] : [placeKey(place)]
      }),
    }
  }

  /** BuildKit names a base image with its digest, unless the image is only in the machine. */
  #bases(steps: readonly BuildStep[]): CacheFacts['bases'] {
    const stages = stagesOf(this.#options.dockerfileText)
    const digests = new Map(
      steps.flatMap(({ name }) => {
        const place = placeOfStep(name)
        const digest = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1]
        const image = place?.number === 1 ? stageNamed(stages, place.stage)?.base : undefined
        return image === undefined || digest === undefined ? [] : [[image, digest] as const]
      }),
    )
    return [...this.#localImages].flatMap(([image, id]) => {
      const digest = digests.get(image) ?? id
      return digest === undefined ? [] : [{ image, digest }]
    })
  }
}
