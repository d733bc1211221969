import { z } from 'zod'
import { registryName } from '../../shared/registries'
import { type Credential, readAuth, serverOf, storedAuthSchema } from './credential'
import { DockerConfig } from './docker-config'

const loginsSchema = z.looseObject({
  auths: z.record(z.string(), storedAuthSchema).default({}),
  credsStore: z.string().default(''),
  credHelpers: z.record(z.string(), z.string()).default({}),
})

/** The logins in the Docker CLI's `config.json`, and the credential helpers that it names. Read only. */
export class DockerCliLogins {
  readonly file: string
  readonly #config: z.infer<typeof loginsSchema>

  constructor(file: string, config: z.infer<typeof loginsSchema>) {
    this.file = file
    this.#config = config
  }

  /** @throws BerthError docker.config-broken */
  static async read(folder: string): Promise<DockerCliLogins> {
    const config = new DockerConfig(folder)
    return new DockerCliLogins(config.file, await config.read(loginsSchema))
  }

  /** The credential helper for a registry. If `registry` is absent or has no own helper, the general helper. */
  helper(registry?: string): string | undefined {
    const { credHelpers, credsStore } = this.#config
    const own =
      registry === undefined ? undefined : (credHelpers[serverOf(registry)] ?? credHelpers[registry])
    const name = own ?? credsStore
    return name === '' ? undefined : name
  }

  /** The helpers that the file names for single registries. */
  get ownHelpers(): string[] {
    return [...new Set(Object.values(this.#config.credHelpers))].filter((name) => name !== '')
  }

  /** The logins in the file itself, by registry. */
  get logins(): Map<string, Credential> {
    const found = new Map<string, Credential>()
    for (const [server, auth] of Object.entries(this.#config.auths)) {
      const registry = registryName(server)
      const credential = readAuth(auth)
      // A registry may have several keys. The key that the CLI uses today overrides an older spelling.
      if (credential !== undefined && (!found.has(registry) || server === serverOf(registry)))
        found.set(registry, credential)
    }
    return found
  }
}
