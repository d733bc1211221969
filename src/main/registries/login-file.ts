import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile } from '../host'
import { message, systemErrorCode, writePrivateFile } from '../lib'
import { type Credential, readAuth, storedAuthSchema, writeAuth } from '../docker-cli'

const fileSchema = z.object({ auths: z.record(z.string(), storedAuthSchema) })

/** Berth's own logins, for a host without a credential store: one file that only this user can read. */
export class LoginFile {
  readonly #file: string

  constructor(home: string) {
    this.#file = berthFile({ home }, 'registryLogins')
  }

  /** By registry. Rejects with login.file-broken when the file is not what Berth writes. */
  async read(): Promise<Map<string, Credential>> {
    try {
      const { auths } = fileSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')))
      const entries = Object.entries(auths).map(([registry, auth]) => [registry, readAuth(auth)] as const)
      return new Map(entries.flatMap(([registry, found]) => (found === undefined ? [] : [[registry, found]])))
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return new Map()
      // Not the parser's own words: they may quote a login.
      throw new BerthError('login.file-broken', { file: this.#file })
    }
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  /** Rejects with login.file-unwritable; then nothing has changed. */
  async write(logins: ReadonlyMap<string, Credential>): Promise<void> {
    const auths = Object.fromEntries([...logins].map(([registry, login]) => [registry, writeAuth(login)]))
    try {
      await writePrivateFile(this.#file, `${JSON.stringify({ auths }, null, 2)}\n`)
    } catch (error) {
      const params = { file: this.#file, reason: message(error) }
      throw new BerthError('login.file-unwritable', params, { cause: error })
    }
  }
}
