import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile } from '../host'
import { JsonFile, message } from '../lib'
import { type Credential, readAuth, storedAuthSchema, writeAuth } from '../docker-cli'

const fileSchema = z.object({ auths: z.record(z.string(), storedAuthSchema) })

/** Berth's own logins, for a host without a credential store. They are in one file that only this user can read. */
export class LoginFile {
  readonly #file: JsonFile<z.infer<typeof fileSchema>>

  constructor(home: string) {
    this.#file = new JsonFile({ path: berthFile({ home }, 'registryLogins'), schema: fileSchema, indent: 2 })
  }

  /**
   * The logins by registry.
   * @throws BerthError login.file-broken
   */
  async read(): Promise<Map<string, Credential>> {
    const { auths } = (await this.#read()) ?? { auths: {} }
    const entries = Object.entries(auths).map(([registry, auth]) => [registry, readAuth(auth)] as const)
    return new Map(entries.flatMap(([registry, found]) => (found === undefined ? [] : [[registry, found]])))
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }

  /**
   * Replaces all logins. If this fails, the old file is unchanged.
   * @throws BerthError login.file-unwritable
   */
  async write(logins: ReadonlyMap<string, Credential>): Promise<void> {
    const auths = Object.fromEntries([...logins].map(([registry, login]) => [registry, writeAuth(login)]))
    try {
      await this.#file.write({ auths })
    } catch (error) {
      const params = { file: this.#file.path, reason: message(error) }
      throw new BerthError('login.file-unwritable', params, { cause: error })
    }
  }
  async #read(): Promise<z.infer<typeof fileSchema> | undefined> {
    try {
      return await this.#file.read()
    } catch {
      // The parser's message is left out, because it may quote a login.
      throw new BerthError('login.file-broken', { file: this.#file.path })
    }
  }
}
