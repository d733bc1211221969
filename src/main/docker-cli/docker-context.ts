import { createHash } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { dockerContextName } from '../../shared/docker-cli'
import { message, readText, replaceFile, systemErrorCode } from '../lib'
import { DockerConfig } from './docker-config'

/** Berth writes these fields beside the CLI's own fields. The CLI keeps fields that it does not know. */
const ownershipSchema = z.object({
  /** The home folder of the Berth installation that made the context. */
  home: z.string(),
  /**
   * The context that was current before Berth made its own context current; null is the CLI's default. Absent until
   * then, and again after `useContext` has been turned off.
   */
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
  /** Make it the current context. */
  useContext: boolean
}

export interface DockerContextOptions {
  configFolder: string
  /** The home folder of this Berth installation. */
  home: string
  dockerHost: string
}

/**
 * The docker context `berth` in the CLI's context store. The store has a folder for each context, and the folder's name
 * is the SHA-256 of the context's name (github.com/docker/cli, cli/context/store). If another Berth installation made
 * the context and still exists, this class does not change the context.
 */
export class DockerContext {
  readonly #folder: string
  readonly #file: string
  readonly #config: DockerConfig

  readonly #options: DockerContextOptions

  constructor(options: DockerContextOptions) {
    const { configFolder } = options
    this.#options = options
    this.#folder = contextFolder(configFolder, dockerContextName)
    this.#file = join(this.#folder, 'meta.json')
    this.#config = new DockerConfig(configFolder)
  }

  /** Tells whether Berth's context exists, and whether it is the current one. */
  async state(): Promise<'absent' | 'present' | 'current'> {
    if ((await this.#ownership()) === undefined) return 'absent'
    const current = await this.#config.currentContext().catch(() => undefined)
    return current === dockerContextName ? 'current' : 'present'
  }

  /**
   * Creates, changes or removes the context to match the settings. The first time that `useContext` is true, makes the
   * context current. After that, keeps the user's own choice of a context.
   * @throws BerthError docker.context-foreign, docker.config-broken, docker.config-unwritable
   */
  async apply({ context, useContext }: ContextWish): Promise<void> {
    if (!context) await this.remove()
    else if (useContext) await this.#use()
    else await this.#stopUsing()
  }

  /**
   * Creates the context if it is missing and makes it current, even if the user has chosen another context in the
   * meantime. The context that was current before Berth's first use stays recorded.
   * @throws BerthError docker.context-foreign, docker.config-broken, docker.config-unwritable
   */
  async makeCurrent(): Promise<void> {
    const ownership = await this.#own()
    await this.#write(ownership)
    const current = await this.#config.currentContext()
    const before = current === dockerContextName ? null : (current ?? null)
    const previous = ownership.previous === undefined ? before : ownership.previous
    // The record of the previous context is written first. In the other order, a crash between the two writes would
    // lose that context's name.
    await this.#write({ ...ownership, previous })
    try {
      await this.#config.setCurrentContext(dockerContextName)
    } catch (error) {
      await this.#write(ownership)
      throw error
    }
  }

  /**
   * Removes the context if this Berth made it. The context that was current before becomes current again.
   * @throws BerthError docker.config-broken, docker.config-unwritable
   */
  async remove(): Promise<void> {
    const ownership = await this.#ownership()
    if (ownership === undefined) return
    // The previous context becomes current first, because every docker command fails if the current context does not
    // exist.
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

  /** Makes the previous context current again. Does nothing if the user has chosen another context since. */
  async #restore({ previous }: Ownership): Promise<void> {
    if ((await this.#config.currentContext()) !== dockerContextName) return
    const name = previous ?? undefined
    const known = name !== undefined && (await exists(contextFolder(this.#options.configFolder, name)))
    await this.#config.setCurrentContext(known ? name : undefined)
  }

  /**
   * Berth's fields of the existing context, or of a new context.
   * @throws BerthError docker.context-foreign
   */
  async #own(): Promise<Ownership> {
    const { home } = this.#options
    const ownership = await this.#ownership()
    if (ownership !== undefined) return ownership
    if (await exists(this.#folder)) {
      // If the home folder of the other Berth is gone, that Berth was removed. This Berth then takes over the context.
      const other = await this.#read().catch(() => undefined)
      if (other === undefined || (await exists(other.home)))
        throw new BerthError('docker.context-foreign', { name: dockerContextName, file: this.#file })
      return { ...other, home }
    }
    return { home }
  }

  /** Undefined if there is no context `berth`, or if another Berth or program made it. */
  async #ownership(): Promise<Ownership | undefined> {
    const found = await this.#read().catch(() => undefined)
    return found?.home === this.#options.home ? found : undefined
  }

  async #read(): Promise<Ownership | undefined> {
    const text = await readText(this.#file)
    return text === undefined ? undefined : metaSchema.parse(JSON.parse(text)).Metadata.Berth
  }

  async #write(ownership: Ownership): Promise<void> {
    const meta = {
      Name: dockerContextName,
      Metadata: { Description: 'Berth', Berth: ownership },
      Endpoints: { docker: { Host: this.#options.dockerHost, SkipTLSVerify: false } },
    }
    const text = JSON.stringify(meta)
    if ((await readText(this.#file).catch(() => undefined)) === text) return
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
