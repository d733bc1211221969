import { homedir } from 'node:os'
import { join } from 'node:path'
import { applyEdits, modify } from 'jsonc-parser'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { message, readText, replaceFile } from '../lib'

type Environment = Readonly<Record<string, string | undefined>>

/** The Docker CLI's own folder: DOCKER_CONFIG, or else `.docker` in the user's home folder. */
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
 * The Docker CLI's `config.json`. Berth reads and changes the file only here. If Berth changes a key, every other byte
 * of the file stays the same.
 */
export class DockerConfig {
  readonly file: string

  constructor(folder: string) {
    this.file = join(folder, 'config.json')
  }

  /**
   * The part of the file that `schema` describes. If there is no file, returns the schema's defaults.
   * @throws BerthError docker.config-broken if the file cannot be read or its content cannot come from the Docker CLI
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
   * Makes a context the current one; undefined selects the CLI's default. The file is replaced in one step. It keeps
   * its mode, and a symbolic link stays a symbolic link.
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

  /** The error leaves out the parser's message, because that message may quote a login. */
  #broken(): BerthError {
    return new BerthError('docker.config-broken', { file: this.file })
  }
}

/** Sets or removes one key in the text. jsonc-parser's formatting is off, because it would change other text too. */
function withKey(text: string, key: string, value: string | undefined): string {
  const edits = modify(text, [key], value, {})
  const [edit] = edits
  // A new key gets the same white space as the first key. In an empty object, a new key gets the white space that the
  // Docker CLI writes.
  const space = /^\s*\{(\s*)"/.exec(text)?.[1]
  if (edit?.length === 0)
    edit.content = space === undefined ? `\n\t${edit.content}\n` : edit.content.replace(/^,/, `,${space}`)
  return applyEdits(text, edits)
}
