import { homedir } from 'node:os'
import { join } from 'node:path'
import { modify, applyEdits } from 'jsonc-parser'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { message, readText, replaceFile } from '../lib'

type Environment = Readonly<Record<string, string | undefined>>

/** The docker CLI's own folder: DOCKER_CONFIG, else `.docker` in the user's home folder. */
export function dockerConfigFolder(env: Environment, platform: NodeJS.Platform): string {
  if (env.DOCKER_CONFIG !== undefined && env.DOCKER_CONFIG !== '') return env.DOCKER_CONFIG
  const home = platform === 'win32' ? env.USERPROFILE : env.HOME
  return join(home ?? homedir(), '.docker')
}

const configSchema = z.looseObject({
  currentContext: z.string().optional(),
  credsStore: z.string().optional(),
})

/**
 * What Berth may change in the docker CLI's `config.json`. Every other byte of the file stays as it is.
 * Each call rejects with docker.config-broken when the file is not what the CLI writes, and leaves it alone then.
 */
export class DockerConfig {
  readonly file: string

  constructor(folder: string) {
    this.file = join(folder, 'config.json')
  }

  /** The current context's name; undefined for the CLI's default. */
  async currentContext(): Promise<string | undefined> {
    const text = await this.#read()
    const name = text === undefined ? undefined : this.#parse(text).currentContext
    return name === '' ? undefined : name
  }

  /**
   * Makes a context the current one, undefined the CLI's default. The file is replaced whole and keeps its mode; a
   * link stays one. Rejects with docker.config-unwritable as well.
   */
  setCurrentContext(name: string | undefined): Promise<void> {
    return this.#set('currentContext', name)
  }

  /** Names the credential helper that keeps logins, undefined for none. As {@link setCurrentContext}. */
  setCredentialStore(name: string | undefined): Promise<void> {
    return this.#set('credsStore', name)
  }

  async #set(key: 'currentContext' | 'credsStore', value: string | undefined): Promise<void> {
    const text = await this.#read()
    if (text === undefined && value === undefined) return
    const before = text ?? '{}'
    if (this.#parse(before)[key] === value) return
    const edited = withKey(before, key, value)
    try {
      await replaceFile(this.file, edited)
    } catch (error) {
      const params = { file: this.file, reason: message(error) }
      throw new BerthError('docker.config-unwritable', params, { cause: error })
    }
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readText(this.file)
    } catch (error) {
      throw this.#broken(error)
    }
  }

  #parse(text: string): z.infer<typeof configSchema> {
    try {
      return configSchema.parse(JSON.parse(text))
    } catch (error) {
      throw this.#broken(error)
    }
  }

  #broken(error: unknown): BerthError {
    // Not the parser's own words: they may quote a login.
    return new BerthError('docker.config-broken', { file: this.file }, { cause: error })
  }
}

/** The text with a key of its object set, or removed; jsonc-parser's own formatting would change what is beside it. */
function withKey(text: string, key: string, value: string | undefined): string {
  const edits = modify(text, [key], value, {})
  const [edit] = edits
  // As the first key is set off from the bracket; a new object as the docker CLI writes it.
  const space = /^\s*\{(\s*)"/.exec(text)?.[1]
  if (edit?.length === 0)
    edit.content = space === undefined ? `\n\t${edit.content}\n` : edit.content.replace(/^,/, `,${space}`)
  return applyEdits(text, edits)
}
