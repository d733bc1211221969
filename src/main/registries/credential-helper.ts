import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { findProgram, runProgram, within } from '../lib'
import type { Credential } from '../docker-cli'

export interface HelperHost {
  env: Readonly<Record<string, string | undefined>>
  platform: NodeJS.Platform
  /** How long a helper may take, milliseconds. */
  helperMs?: number
}

/** The usual helpers of a platform, in the Docker CLI's order. They are tried if `config.json` names no helper. */
export const usualHelpers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['osxkeychain'],
  win32: ['wincred'],
  linux: ['pass', 'secretservice'],
}

/** The default of `helperMs`. It is long, because the user may have to unlock the store first. */
const answerMs = 60_000
/** The message of the helpers' library (github.com/docker/docker-credential-helpers credentials/error.go). */
const notFound = 'credentials not found in native keychain'
/** Helpers return this text in place of the user name if the secret is an identity token. */
const tokenName = '<token>'

const credentialSchema = z.object({ Username: z.string(), Secret: z.string() })
const listSchema = z.record(z.string(), z.string()).nullable()

/** The folders to search for helpers. An app that was started with a double click has only part of the user's PATH. */
function programFolders({ env, platform }: HelperHost): string[] {
  const own = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '')
  if (platform !== 'darwin') return own
  const docker = [join(homedir(), '.docker', 'bin'), '/Applications/Docker.app/Contents/Resources/bin']
  return [...own, '/opt/homebrew/bin', '/usr/local/bin', ...docker]
}

export interface CredentialHelperOptions {
  /** The name in `config.json`: `osxkeychain` means the program docker-credential-osxkeychain. */
  name: string
  host: HelperHost
  /** The file that names the helper. Errors mention it. */
  namedIn: string
}

/**
 * A program that keeps logins in the host's credential store (github.com/docker/docker-credential-helpers). The program
 * gets secrets only on its standard input.
 *
 * `get`, `store`, `erase` and `list` @throws BerthError login.helper-missing, login.helper-failed
 */
export class CredentialHelper {
  readonly #options: CredentialHelperOptions

  constructor(options: CredentialHelperOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  async isInstalled(): Promise<boolean> {
    // A name from a file must not lead to another folder.
    if (!/^[\w.-]+$/.test(this.name)) return false
    const path = programFolders(this.#options.host).join(delimiter)
    return (await findProgram(this.#program, { path })) !== undefined
  }

  /** True if the helper can read its store. */
  works(): Promise<boolean> {
    return this.list().then(
      () => true,
      () => false,
    )
  }

  /** The login for a server; undefined if the store has none. */
  async get(server: string): Promise<Credential | undefined> {
    const answer = await this.#run('get', server)
    if (answer === undefined) return undefined
    const { Username, Secret } = this.#parsed(credentialSchema, answer)
    if (Secret === '') return undefined
    const isToken = Username === tokenName
    return { username: isToken ? '' : Username, secret: Secret, isToken }
  }

  async store(server: string, { username, secret, isToken }: Credential): Promise<void> {
    const login = { ServerURL: server, Username: isToken ? tokenName : username, Secret: secret }
    await this.#run('store', JSON.stringify(login), [secret])
  }

  async erase(server: string): Promise<void> {
    await this.#run('erase', server)
  }

  /** User names by server. */
  async list(): Promise<Map<string, string>> {
    const answer = (await this.#run('list', '')) ?? '{}'
    const found = Object.entries(this.#parsed(listSchema, answer) ?? {})
    return new Map(found.map(([server, name]) => [server, name === tokenName ? '' : name]))
  }

  get #program(): string {
    return `docker-credential-${this.name}`
  }

  /** Runs the helper and returns its output; undefined if the store has no such login. */
  async #run(action: string, input: string, secrets: string[] = []): Promise<string | undefined> {
    if (!(await this.isInstalled()))
      throw new BerthError('login.helper-missing', { helper: this.name, file: this.#options.namedIn })
    const env = { ...this.#options.host.env, PATH: programFolders(this.#options.host).join(delimiter) }
    const options = { input, env, extendEnv: false, reject: false, cleanup: true } as const
    const helper = runProgram(this.#program, [action], options)
    const result = await this.#inTime(helper, () => helper.kill())
    if (!result.failed) return result.stdout
    if (result.stdout.trim() === notFound) return undefined
    // Helpers print their errors on standard output. If the output holds a login, it must not be shown.
    const said = [result.stderr, result.stdout.includes('"Secret"') ? '' : result.stdout].join('\n').trim()
    throw this.#failed(said === '' ? `it ended with ${exit(result)}` : without(secrets, said))
  }

  /**
   * Waits for the answer for a limited time, then kills the helper. The kill alone would not end the wait: a program
   * that the helper has started may keep the helper's output open forever.
   */
  async #inTime<T>(answer: Promise<T>, kill: () => unknown): Promise<T> {
    const { helperMs = answerMs } = this.#options.host
    try {
      return await within(answer, helperMs, () => this.#failed(`no answer within ${helperMs / 1000} s`))
    } finally {
      kill()
    }
  }

  #parsed<T>(schema: z.ZodType<T>, answer: string): T {
    try {
      return schema.parse(JSON.parse(answer))
    } catch {
      // The parser's message is left out, because it may quote the login.
      throw this.#failed(phrases['answer-invalid'])
    }
  }

  #failed(reason: string): BerthError {
    return new BerthError('login.helper-failed', { helper: this.name, reason })
  }
}

function exit({ exitCode, signal }: { exitCode?: number | undefined; signal?: string | undefined }): string {
  return signal ?? `code ${String(exitCode)}`
}

function without(secrets: string[], text: string): string {
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return clean.split('\n')[0]?.slice(0, 300) ?? ''
}
