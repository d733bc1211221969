import { createHash } from 'node:crypto'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { dockerContextName } from '../../shared/docker-cli'
import { message, replaceFile, systemErrorCode } from '../lib'
import { DockerConfig } from './docker-config'

/** What Berth writes beside the CLI's own fields, which keeps what it does not know. */
const ownershipSchema = z.object({
  /** The home folder of the Berth that made the context. */
  home: z.string(),
  /** The context that was current before Berth's was made so, null for the CLI's default; absent when it was not. */
  previous: z.string().nullable().optional(),
})
type Ownership = z.infer<typeof ownershipSchema>

const metaSchema = z.object({
  Name: z.literal(dockerContextName),
  Metadata: z.looseObject({ Berth: ownershipSchema }),
})

export interface ContextWish {
  /** Keep the context. */
  context: boolean
  /** Make it the current one. */
  useContext: boolean
}

/**
 * The docker context `berth` in the CLI's context store (github.com/docker/cli, cli/context/store: a folder for each
 * context, named by the SHA-256 of its name). One that this Berth has not made is never touched.
 */
export class DockerContext {
  readonly #folder: string
  readonly #file: string
  readonly #config: DockerConfig

  constructor(private readonly options: { configFolder: string; home: string; dockerHost: string }) {
    const { configFolder } = options
    this.#folder = contextFolder(configFolder, dockerContextName)
    this.#file = join(this.#folder, 'meta.json')
    this.#config = new DockerConfig(configFolder)
  }

  /** Whether there is such a context of ours, and whether it is the current one. */
  async state(): Promise<'absent' | 'present' | 'current'> {
    if ((await this.#ownership()) === undefined) return 'absent'
    const current = await this.#config.currentContext().catch(() => undefined)
    return current === dockerContextName ? 'current' : 'present'
  }

  /**
   * Brings the context to what is wished. It is made current when that is first wished, and left so or not as the
   * user chooses afterwards. Rejects with docker.context-foreign, docker.config-broken or docker.config-unwritable.
   */
  async apply({ context, useContext }: ContextWish): Promise<void> {
    if (!context) await this.remove()
    else if (useContext) await this.#use()
    else await this.#stopUsing()
  }

  /**
   * Makes the context where it is missing, and the current one, also when the user has chosen another since. What was
   * current before Berth's first was so stays known. Rejects as {@link apply} does.
   */
  async makeCurrent(): Promise<void> {
    const ownership = await this.#own()
    await this.#write(ownership)
    const current = await this.#config.currentContext()
    const before = current === dockerContextName ? null : (current ?? null)
    const previous = ownership.previous === undefined ? before : ownership.previous
    // Written first: a crash in between costs nothing, the other way round what was current would be forgotten.
    await this.#write({ ...ownership, previous })
    try {
      await this.#config.setCurrentContext(dockerContextName)
    } catch (error) {
      await this.#write(ownership)
      throw error
    }
  }

  /** Removes the context, if it is ours; what was current before is so again. */
  async remove(): Promise<void> {
    const ownership = await this.#ownership()
    if (ownership === undefined) return
    // First, as a current context that does not exist makes every docker command fail.
    await this.#restore(ownership)
    try {
      await rm(this.#folder, { recursive: true })
    } catch (error) {
      throw this.#unwritable(error)
    }
  }

  async #use(): Promise<void> {
    const ownership = await this.#own()
    if (ownership.previous === undefined) await this.makeCurrent()
    else await this.#write(ownership)
  }

  async #stopUsing(): Promise<void> {
    const { home, ...used } = await this.#own()
    if (used.previous !== undefined) await this.#restore({ home, ...used })
    await this.#write({ home })
  }

  /** Only where ours is still current: another choice of the user's stands. */
  async #restore({ previous }: Ownership): Promise<void> {
    if ((await this.#config.currentContext()) !== dockerContextName) return
    const name = previous ?? undefined
    const known = name !== undefined && (await exists(contextFolder(this.options.configFolder, name)))
    await this.#config.setCurrentContext(known ? name : undefined)
  }

  /** What we have written of an existing context, or would write of a new one. @throws docker.context-foreign */
  async #own(): Promise<Ownership> {
    const { home } = this.options
    const ownership = await this.#ownership()
    if (ownership !== undefined) return ownership
    if (await exists(this.#folder)) {
      // A Berth that was removed with its home folder has nobody else to tidy up after it.
      const other = await this.#read().catch(() => undefined)
      if (other === undefined || (await exists(other.home)))
        throw new BerthError('docker.context-foreign', { name: dockerContextName, file: this.#file })
      return { ...other, home }
    }
    return { home }
  }

  /** Undefined when there is no context `berth`, or it is another's. */
  async #ownership(): Promise<Ownership | undefined> {
    const found = await this.#read().catch(() => undefined)
    return found?.home === this.options.home ? found : undefined
  }

  async #read(): Promise<Ownership | undefined> {
    return metaSchema.parse(JSON.parse(await readFile(this.#file, 'utf8'))).Metadata.Berth
  }

  async #write(ownership: Ownership): Promise<void> {
    const meta = {
      Name: dockerContextName,
      Metadata: { Description: 'Berth', Berth: ownership },
      Endpoints: { docker: { Host: this.options.dockerHost, SkipTLSVerify: false } },
    }
    const text = JSON.stringify(meta)
    if ((await readFile(this.#file, 'utf8').catch(() => undefined)) === text) return
    try {
      await replaceFile(this.#file, text)
    } catch (error) {
      throw this.#unwritable(error)
    }
  }

  #unwritable(error: unknown): BerthError {
    return new BerthError(
      'docker.config-unwritable',
      { file: this.#file, reason: message(error) },
      { cause: error },
    )
  }
}

function contextFolder(configFolder: string, name: string): string {
  return join(configFolder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'))
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
  }
}
