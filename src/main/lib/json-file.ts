import { rm } from 'node:fs/promises'
import type { z } from 'zod'
import { message } from './errors'
import { readText, writePrivateFile } from './files'

export interface JsonFileOptions<T> {
  path: string
  schema: z.ZodType<T>
  /** The number of spaces to indent with. Set it for a file that users read. */
  indent?: number
}

/** A small file of Berth that holds one JSON value. Only this user can read the file. */
export class JsonFile<T> {
  readonly #options: JsonFileOptions<T>

  constructor(options: JsonFileOptions<T>) {
    this.#options = options
  }

  get path(): string {
    return this.#options.path
  }

  /**
   * The value; undefined if there is no file.
   * @throws SyntaxError, ZodError, or the system's error. Show only the error's `jsonReason`, because its message may
   * quote a secret.
   */
  async read(): Promise<T | undefined> {
    const { path, schema } = this.#options
    const text = await readText(path)
    return text === undefined ? undefined : schema.parse(JSON.parse(text))
  }

  /** The value; undefined if there is no file, or if the file cannot be read or is not valid. */
  async readIfValid(): Promise<T | undefined> {
    return this.read().catch(() => undefined)
  }

  /**
   * Replaces the file in one step.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  async write(value: T): Promise<void> {
    const { path, indent } = this.#options
    await writePrivateFile(path, JSON.stringify(value, null, indent) + (indent === undefined ? '' : '\n'))
  }

  /** Removes the file. Does nothing if there is none. */
  async remove(): Promise<void> {
    await rm(this.#options.path, { force: true })
  }
}

/** The reason why a JSON file cannot be used. Leaves out the parser's quotations, because they may hold a password. */
export function jsonReason(error: unknown): string {
  if (!(error instanceof SyntaxError)) return message(error)
  return `it is not JSON${/ at position \d+.*$/.exec(error.message)?.[0] ?? ''}`
}
