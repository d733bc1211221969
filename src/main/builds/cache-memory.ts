import { createHash } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BuildRequest } from '../../shared/builds'
import type { Logger } from '../host'
import { ensurePrivateFolder, folderNames, JsonFile, message } from '../lib'
import { type CacheFacts, cacheFactsSchema } from './cache-facts'

/** The builds of one Dockerfile whose facts Berth keeps. */
const keptBuilds = 3
/** The Dockerfiles whose builds Berth keeps facts of. */
const keptDockerfiles = 40

type Build = Pick<BuildRequest, 'folder' | 'dockerfile' | 'platform'>

/**
 * Keeps the facts of this app's builds in files, one for each Dockerfile. They tell why a later build has missed the
 * cache. A failure of these files is only logged, because a build does not need them.
 */
export class CacheMemory {
  readonly #folder: string
  readonly #log: Logger

  /** `folder` belongs to this memory alone. */
  constructor({ folder, log }: { folder: string; log: Logger }) {
    this.#folder = folder
    this.#log = log
  }

  /** The facts of earlier builds of the same Dockerfile, the newest first. Never rejects. */
  async earlier(build: Build): Promise<CacheFacts[]> {
    return (await this.#file(build).readIfValid()) ?? []
  }

  /** Never rejects. */
  async keep(build: Build, facts: CacheFacts): Promise<void> {
    try {
      await ensurePrivateFolder(this.#folder)
      const earlier = await this.earlier(build)
      await this.#file(build).write([facts, ...earlier].slice(0, keptBuilds))
      await this.#dropOldest()
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not keep the facts of a build')
    }
  }

  async #dropOldest(): Promise<void> {
    const names = await folderNames(this.#folder)
    if (names.length <= keptDockerfiles) return
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name)
        return { path, at: (await stat(path)).mtimeMs }
      }),
    )
    const oldest = files.sort((one, other) => other.at - one.at).slice(keptDockerfiles)
    for (const { path } of oldest) await rm(path, { force: true })
  }

  #file({ folder, dockerfile, platform }: Build): JsonFile<CacheFacts[]> {
    const name = createHash('sha256')
      .update(JSON.stringify([folder, dockerfile, platform]))
      .digest('hex')
    return new JsonFile({ path: join(this.#folder, `${name}.json`), schema: z.array(cacheFactsSchema) })
  }
}
