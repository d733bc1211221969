import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { registryName } from '../../shared/registries'
import { systemErrorCode } from '../lib'
import { serverOf, type Credential } from './credential'
import { readAuth, storedAuthSchema } from './stored-auth'

const configSchema = z.looseObject({
  auths: z.record(z.string(), storedAuthSchema).default({}),
  credsStore: z.string().default(''),
  credHelpers: z.record(z.string(), z.string()).default({}),
})

/** What the docker CLI's `config.json` says of logins. It is only read. */
export class DockerCliLogins {
  private constructor(
    readonly file: string,
    private readonly config: z.infer<typeof configSchema>,
  ) {}

  /** Rejects with docker.config-broken when the file is not what the CLI writes. */
  static async read(folder: string): Promise<DockerCliLogins> {
    const file = join(folder, 'config.json')
    try {
      return new DockerCliLogins(file, configSchema.parse(JSON.parse(await readFile(file, 'utf8'))))
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return new DockerCliLogins(file, configSchema.parse({}))
      // Not the parser's own words: they may quote a login.
      throw new BerthError('docker.config-broken', { file })
    }
  }

  /** The credential helper that keeps a registry's login, or all that have none of their own. */
  helper(registry?: string): string | undefined {
    const { credHelpers, credsStore } = this.config
    const own =
      registry === undefined ? undefined : (credHelpers[serverOf(registry)] ?? credHelpers[registry])
    const name = own ?? credsStore
    return name === '' ? undefined : name
  }

  /** Every helper that is named for single registries. */
  get ownHelpers(): string[] {
    return [...new Set(Object.values(this.config.credHelpers))].filter((name) => name !== '')
  }

  /** The logins that stand in the file itself, by registry. */
  get logins(): Map<string, Credential> {
    const found = new Map<string, Credential>()
    for (const [server, auth] of Object.entries(this.config.auths)) {
      const registry = registryName(server)
      const credential = readAuth(auth)
      // The name that the CLI uses today goes before an older spelling.
      if (credential !== undefined && (!found.has(registry) || server === serverOf(registry)))
        found.set(registry, credential)
    }
    return found
  }
}
