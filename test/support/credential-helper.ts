import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/**
 * The source of a credential helper, docker-credential-`name`. It is a real program that speaks the protocol. It keeps
 * its store in a file in its own folder. If its folder contains a file `broken`, the helper fails with the text of this
 * file.
 */
const source = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const action = process.argv[2]
const input = readFileSync(0, 'utf8')
const file = join(__dirname, 'store.json')
const store = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
appendFileSync(join(__dirname, 'calls.log'), JSON.stringify({ args: process.argv.slice(2), env: process.env }) + '\\n')
function fail(text) {
  process.stdout.write(text + '\\n')
  process.exit(1)
}
if (existsSync(join(__dirname, 'broken'))) fail(readFileSync(join(__dirname, 'broken'), 'utf8'))
if (process.argv.length !== 3) fail('usage')
switch (action) {
  case 'store': {
    const login = JSON.parse(input)
    store[login.ServerURL] = login
    break
  }
  case 'get':
    if (store[input.trim()] === undefined) fail('credentials not found in native keychain')
    process.stdout.write(JSON.stringify(store[input.trim()]))
    break
  case 'erase':
    if (store[input.trim()] === undefined) fail('credentials not found in native keychain')
    delete store[input.trim()]
    break
  case 'list':
    process.stdout.write(JSON.stringify(Object.fromEntries(Object.values(store).map((l) => [l.ServerURL, l.Username]))))
    break
  default:
    fail('unknown action')
}
writeFileSync(file, JSON.stringify(store))
`

export class FakeCredentialHelper {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async install(folder: string, name: string): Promise<FakeCredentialHelper> {
    await mkdir(folder, { recursive: true })
    const program = join(folder, `docker-credential-${name}`)
    await writeFile(program, source)
    await chmod(program, 0o755)
    return new FakeCredentialHelper(folder)
  }

  /** PATH with the helper in it. */
  get path(): string {
    return [this.#folder, dirname(process.execPath)].join(delimiter)
  }

  /** The stored logins, by server. */
  async store(): Promise<Record<string, unknown>> {
    const text = await readFile(join(this.#folder, 'store.json'), 'utf8').catch(() => '{}')
    return JSON.parse(text) as Record<string, unknown>
  }

  /** Replaces the store by one login, as if a user had logged in with the Docker CLI to one registry only. */
  async keep(login: { ServerURL: string; Username: string; Secret: string }): Promise<void> {
    await writeFile(join(this.#folder, 'store.json'), JSON.stringify({ [login.ServerURL]: login }))
  }

  /** Returns the arguments and the environment of every call so far. */
  async calls(): Promise<string> {
    return readFile(join(this.#folder, 'calls.log'), 'utf8').catch(() => '')
  }

  /** Makes every later call fail with this text. */
  async fail(text: string): Promise<void> {
    await writeFile(join(this.#folder, 'broken'), text)
  }
}
