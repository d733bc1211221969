import { homedir } from 'node:os'
import { join } from 'node:path'
import { applyEdits, modify } from 'jsonc-parser'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { message, readText, replaceFile } from '../lib'

type Environment = Readonly<Record<string, string | undefined>>

/** The Docker CLI's own folder: DOCKER_CONFIG, else `.docker` in the user's home folder. */
export function dockerConfigFolder(env: Environment, platform: NodeJS.Platform): string {
  if (env.DOCKER_CONFIG !== undefined && env.DOCKER_CONFIG !== '') return env.DOCKER_CONFIG
  const home = platform === 'win32' ? env.USERPROFILE : env.HOME
  return join(home ?? homedir(), '.docker')
}

const writableSchema = z.looseObject({
  currentContext: z.string().optional(),
  credsStore: z.string().optional(),
})

/**
 * The Docker CLI's `config.json`. All that Berth knows of the file is read and changed here. A change touches no other
 * byte of the file.
 */
export class DockerConfig {
  readonly file: string

  constructor(folder: string) {
    this.file = join(folder, 'config.json')
  }

  /**
   * The part of the file that `schema` describes. Without a file, the schema's defaults.
   * @throws BerthError docker.config-broken when the Docker CLI would not have written this
   */
  async read<T>(schema: z.ZodType<T>): Promise<T> {
    return this.#parse((await this.#text()) ?? '{}', schema)
  }

  /**
   * The current context's name; undefined for the CLI's default.
   * @throws BerthError docker.config-broken
   */
  async currentContext(): Promise<string | undefined> {
    const { currentContext } = await this.read(writableSchema)
    return currentContext === '' ? undefined : currentContext
  }

  /**
   * Makes a context the current one; undefined selects the CLI's default. Replaces the whole file or nothing. The file
   * keeps its mode, and a link stays a link.
   * @throws BerthError docker.config-broken, docker.config-unwritable
   */
  setCurrentContext(name: string | undefined): Promise<void> {
    return this.#set('currentContext', name)
  }

  /**
   * Sets the credential helper that keeps logins; undefined removes it. Otherwise like {@link setCurrentContext}.
   * @throws BerthError docker.config-broken, docker.config-unwritable
   */
  setCredentialStore(name: string | undefined): Promise<void> {
    return this.#set('credsStore', name)
  }

  async #set(key: 'currentContext' | 'credsStore', value: string | undefined): Promise<void> {
    const text = await this.#text()
    if (text === undefined && value === undefined) return
    const before = text ?? '{}'
    if (this.#parse(before, writableSchema)[key] === value) return
    try {
      await replaceFile(this.file, withKey(before, key, value))
    } catch (error) {
      const params = { file: this.file, reason: message(error) }
      throw new BerthError('docker.config-unwritable', params, { cause: error })
    }
  }

  async #text(): Promise<string | undefined> {
    try {
      return await readText(this.file)
    } catch {
      throw this.#broken()
    }
  }

  #parse<T>(text: string, schema: z.ZodType<T>): T {
    try {
      return schema.parse(JSON.parse(text))
    } catch {
      throw this.#broken()
    }
  }

  /** Without the parser's message: it may quote a login. */
  #broken(): BerthError {
    return new BerthError('docker.config-broken', { file: this.file })
  }
}

/** The text with one key set or removed. jsonc-parser's own formatting would change the text around the key. */
function withKey(text: string, key: string, value: string | undefined): string {
  const edits = modify(text, [key], value, {})
  const [edit] = edits
  // The new key gets the white space that is before the first one. A new object is written as the Docker CLI does.
  const space = /^\s*\{(\s*)"/.exec(text)?.[1]
  if (edit?.length === 0)
    edit.content = space === undefined ? `\n\t${edit.content}\n` : edit.content.replace(/^,/, `,${space}`)
  return applyEdits(text, edits)
}
