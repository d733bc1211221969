import { BerthError, type BerthErrorData } from '../../shared/errors'
import { registryOf, type Login, type LoginRequest, type Logins } from '../../shared/registries'
import type { Engine, PullLogin } from '../engine'
import type { Logger } from '../host'
import { authHeader, type Credential, DockerCliLogins, registryOfServer, serverOf } from '../docker-cli'
import { CredentialHelper, usualHelpers, type HelperHost } from './credential-helper'
import { LoginFile } from './login-file'

export interface RegistryLoginsOptions extends HelperHost {
  /** Berth's home folder. */
  home: string
  /** The docker CLI's folder, which is only read. */
  dockerConfigFolder: string
  /** Tries a new login at its registry. */
  engine: Pick<Engine, 'checkLogin'>
  log: Logger
}

/**
 * Logins to registries. A new one goes to the host's credential store when the docker CLI's config.json names a
 * helper for it or the platform's usual one works, else to a file of Berth's own. Berth's own file is looked at
 * first, then the credential store, then what the docker CLI keeps in its config.json.
 */
export class RegistryLogins {
  readonly #options: RegistryLoginsOptions
  readonly #file: LoginFile
  /** One change at a time. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: RegistryLoginsOptions) {
    this.#options = options
    this.#file = new LoginFile(options.home)
  }

  /** All logins that pulls use, without their passwords. What cannot be read is among its problems. */
  async list(): Promise<Logins> {
    const { problems, attempt } = collectProblems()
    const own = (await attempt(() => this.#file.read())) ?? new Map<string, Credential>()
    const config = await attempt(() => this.#config())
    const main = await this.#helper(config)
    const logins: Login[] = [...own].map(([registry, { username }]) => ({
      registry,
      username,
      keptIn: 'berth',
    }))
    const named = (config?.ownHelpers ?? []).map((name) => this.#named(name, config))
    for (const helper of main === undefined ? named : [...named, main]) {
      const kept = (await attempt(() => helper.list())) ?? new Map<string, string>()
      for (const [server, username] of kept) {
        const registry = registryOfServer(server)
        if (registry !== undefined && (config?.helper(registry) ?? main?.name) === helper.name)
          logins.push({ registry, username, keptIn: 'helper', helper: helper.name })
      }
    }
    for (const [registry, { username }] of config?.logins ?? [])
      logins.push({ registry, username, keptIn: 'docker' })
    const isUsable = main !== undefined && (await main.isInstalled())
    return { logins: firstOfEach(logins), ...(isUsable ? { helper: main.name } : {}), problems }
  }

  /**
   * Tries a login and stores it. Stores nothing when it throws.
   * @throws BerthError login.refused, login.unreachable, login.untrusted, login.helper-failed, login.file-broken,
   * login.file-unwritable, docker.config-broken
   */
  logIn(request: LoginRequest): Promise<void> {
    return this.#oneAtATime(async () => {
      const { registry, username, password } = request
      const token = await this.#options.engine.checkLogin(request, serverOf(registry))
      const credential = { username, secret: token ?? password, isToken: token !== undefined }
      const own = await this.#file.read()
      const helper = await this.#storeFor(registry, await this.#config())
      await helper?.store(serverOf(registry), credential)
      if (helper === undefined) await this.#file.write(own.set(registry, credential))
      // An older one there would go before it.
      else if (own.delete(registry)) await this.#file.write(own)
      this.#options.log.info({ registry, helper: helper?.name }, 'logged in to a registry')
    })
  }

  /**
   * Forgets a login wherever Berth may. Rejects with login.foreign when only the docker CLI's own file has it, and
   * with login.helper-failed, login.file-broken, login.file-unwritable.
   */
  logOut(registry: string): Promise<void> {
    return this.#oneAtATime(async () => {
      const own = await this.#file.read()
      const isOwn = own.delete(registry)
      if (isOwn) await this.#file.write(own)
      const config = await this.#config()
      const helper = await this.#storeFor(registry, config)
      const isKept = (await helper?.get(serverOf(registry))) !== undefined
      if (isKept) await helper?.erase(serverOf(registry))
      this.#options.log.info({ registry }, 'logged out of a registry')
      if (!isOwn && !isKept && config.logins.has(registry))
        throw new BerthError('login.foreign', { registry, file: config.file })
    })
  }

  /** Forgets every login in Berth's own file, whatever state that is in. */
  forget(): Promise<void> {
    return this.#oneAtATime(() => this.#file.remove())
  }

  /** For an image's registry. Never rejects: whoever has no login may pull what is public. */
  async forImage(reference: string): Promise<PullLogin> {
    const registry = registryOf(reference)
    try {
      const credential = await this.#find(registry)
      return credential === undefined ? {} : { header: authHeader(registry, credential) }
    } catch (error) {
      const problem = BerthError.from(error)
      this.#options.log.warn({ registry, code: problem.code }, 'the login to a registry could not be read')
      return { problem }
    }
  }

  async #find(registry: string): Promise<Credential | undefined> {
    const own = (await this.#file.read()).get(registry)
    if (own !== undefined) return own
    const config = await this.#config()
    const helper = await this.#helper(config, registry)
    return (await helper?.get(serverOf(registry))) ?? config.logins.get(registry)
  }

  #config(): Promise<DockerCliLogins> {
    return DockerCliLogins.read(this.#options.dockerConfigFolder)
  }

  #named(name: string, config: DockerCliLogins | undefined): CredentialHelper {
    return new CredentialHelper(name, this.#options, config?.file ?? '')
  }

  /** The helper that keeps a registry's login, which need not be installed; the platform's own only when it works. */
  async #helper(
    config: DockerCliLogins | undefined,
    registry?: string,
  ): Promise<CredentialHelper | undefined> {
    const name = config?.helper(registry)
    if (name !== undefined) return this.#named(name, config)
    for (const usual of usualHelpers[this.#options.platform] ?? []) {
      const helper = this.#named(usual, config)
      if (await helper.works()) return helper
    }
    return undefined
  }

  /** Where a new login goes; a helper that only config.json knows of, and this computer does not, is passed over. */
  async #storeFor(registry: string, config: DockerCliLogins): Promise<CredentialHelper | undefined> {
    const helper = await this.#helper(config, registry)
    return helper !== undefined && (await helper.isInstalled()) ? helper : undefined
  }

  #oneAtATime(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => undefined)
    return done
  }
}

/** Runs what may fail without failing itself; each problem is told once. */
function collectProblems() {
  const problems: BerthErrorData[] = []
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      const problem = BerthError.from(error)
      if (problems.every((one) => BerthError.fromData(one).message !== problem.message))
        problems.push(problem.toData())
      return undefined
    }
  }
  return { problems, attempt }
}

/** By name; a registry that is there twice as the one that pulls find first. */
function firstOfEach(logins: readonly Login[]): Login[] {
  const found = new Map<string, Login>()
  for (const login of logins) if (!found.has(login.registry)) found.set(login.registry, login)
  return [...found.values()].sort((a, b) => a.registry.localeCompare(b.registry))
}
