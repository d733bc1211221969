import { BerthError, type BerthErrorData } from '../../shared/errors'
import { registryOf, type Login, type LoginRequest, type Logins } from '../../shared/registries'
import type { Engine, PullLogin } from '../engine'
import type { Logger } from '../host'
import { type Sequencer, sequencer } from '../lib'
import { type Credential, DockerCliLogins, registryOfServer, serverOf } from '../docker-cli'
import { CredentialHelper, usualHelpers, type HelperHost } from './credential-helper'
import { LoginFile } from './login-file'
import { registryAuthHeader } from './registry-auth-header'

export interface RegistryLoginsOptions extends HelperHost {
  /** Berth's home folder. */
  home: string
  /** The Docker CLI's folder. This class only reads it. */
  dockerConfigFolder: string
  /** Tries a new login at its registry. */
  engine: Pick<Engine, 'checkLogin'>
  log: Logger
}

/**
 * Logins to registries. Berth stores a new login in the host's credential store if the Docker CLI's `config.json` names
 * an installed helper for the registry. If `config.json` names no helper, Berth uses the platform's usual helper if it
 * works. In all other cases, Berth stores the login in its own file. Berth looks for a login in its own file first,
 * then in the credential store, then in `config.json`.
 */
export class RegistryLogins {
  readonly #options: RegistryLoginsOptions
  readonly #file: LoginFile
  readonly #inOrder: Sequencer = sequencer()

  constructor(options: RegistryLoginsOptions) {
    this.#options = options
    this.#file = new LoginFile(options.home)
  }

  /** All logins that pulls use, without their passwords. A source that cannot be read is reported in `problems`. */
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
   * Tries a login at its registry and stores it. If the registry refuses the login, nothing is stored.
   * @throws BerthError login.refused, login.unreachable, login.untrusted and the other errors of `Engine.checkLogin`;
   * login.helper-failed, login.file-broken, login.file-unwritable, docker.config-broken
   */
  logIn(request: LoginRequest): Promise<void> {
    return this.#inOrder(async () => {
      const { registry, username, password } = request
      const token = await this.#options.engine.checkLogin(request, serverOf(registry))
      const credential = { username, secret: token ?? password, isToken: token !== undefined }
      const own = await this.#file.read()
      const helper = await this.#storeFor(registry, await this.#config())
      await helper?.store(serverOf(registry), credential)
      if (helper === undefined) await this.#file.write(own.set(registry, credential))
      // An older login in Berth's own file would override the new one.
      else if (own.delete(registry)) await this.#file.write(own)
      this.#options.log.info({ registry, helper: helper?.name }, 'logged in to a registry')
    })
  }

  /**
   * Removes a login from Berth's file and from the credential store.
   * @throws BerthError login.foreign if only the Docker CLI's `config.json` has the login; login.helper-failed,
   * login.file-broken, login.file-unwritable, docker.config-broken
   */
  logOut(registry: string): Promise<void> {
    return this.#inOrder(async () => {
      const own = await this.#file.read()
      const isOwn = own.delete(registry)
      if (isOwn) await this.#file.write(own)
      const config = await this.#config()
      const helper = await this.#storeFor(registry, config)
      const isKept = (await helper?.get(serverOf(registry))) !== undefined
      if (isKept) await helper?.erase(serverOf(registry))
      if (isOwn || isKept) this.#options.log.info({ registry }, 'logged out of a registry')
      else if (config.logins.has(registry))
        throw new BerthError('login.foreign', { registry, file: config.file })
    })
  }

  /** Removes Berth's own file with its logins, even if it is broken. */
  forget(): Promise<void> {
    return this.#inOrder(() => this.#file.remove())
  }

  /** The login for an image's registry. Never rejects, because public images need no login. */
  async forImage(reference: string): Promise<PullLogin> {
    const registry = registryOf(reference)
    try {
      const credential = await this.credential(registry)
      return credential === undefined ? {} : { header: registryAuthHeader(registry, credential) }
    } catch (error) {
      const problem = BerthError.from(error)
      this.#options.log.warn({ registry, code: problem.code }, 'could not read the login to a registry')
      return { problem }
    }
  }

  /**
   * The login for a registry, with its secret.
   * @throws BerthError login.helper-missing, login.helper-failed, login.file-broken, docker.config-broken
   */
  async credential(registry: string): Promise<Credential | undefined> {
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
    return new CredentialHelper({ name, host: this.#options, namedIn: config?.file ?? '' })
  }

  /**
   * The helper that keeps a registry's login. A helper that `config.json` names is returned even if it is not
   * installed. The platform's usual helper is returned only if it works.
   */
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

  /**
   * The helper for a new login. Undefined if `config.json` names a helper that is not installed. Berth then stores the
   * login in its own file.
   */
  async #storeFor(registry: string, config: DockerCliLogins): Promise<CredentialHelper | undefined> {
    const helper = await this.#helper(config, registry)
    return helper !== undefined && (await helper.isInstalled()) ? helper : undefined
  }
}

/** Collects the errors of several attempts. The same error is kept only once. */
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

/** Sorts the logins by registry. If a registry has two logins, keeps the one that pulls find first. */
function firstOfEach(logins: readonly Login[]): Login[] {
  const found = new Map<string, Login>()
  for (const login of logins) if (!found.has(login.registry)) found.set(login.registry, login)
  return [...found.values()].sort((a, b) => a.registry.localeCompare(b.registry))
}
