import { rm } from 'node:fs/promises'
import type { z } from 'zod'
import { message } from './errors'
import { readText, writePrivateFile } from './files'

export interface JsonFileOptions<T> {
  path: string
  schema: z.ZodType<T>
  /** Spaces of indentation, for a file that people read. */
  indent?: number
}

/** A small file of ours that holds one JSON value. Only this user can read it. */
export class JsonFile<T> {
  readonly #options: JsonFileOptions<T>

  constructor(options: JsonFileOptions<T>) {
    this.#options = options
  }

  get path(): string {
    return this.#options.path
  }

  /**
   * Undefined when there is no file.
   * @throws SyntaxError, ZodError, or the system's error. Show only `jsonReason` of it: the message may quote a secret.
   */
  async read(): Promise<T | undefined> {
    const { path, schema } = this.#options
    const text = await readText(path)
    return text === undefined ? undefined : schema.parse(JSON.parse(text))
  }

  /** Undefined when there is no file, and when it cannot be read or holds something else. */
  async readIfValid(): Promise<T | undefined> {
    return this.read().catch(() => undefined)
  }

  /**
   * Replaces the whole file or nothing.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  async write(value: T): Promise<void> {
    const { path, indent } = this.#options
    await writePrivateFile(path, JSON.stringify(value, null, indent) + (indent === undefined ? '' : '\n'))
  }

  /** Does nothing when there is no file. */
  async remove(): Promise<void> {
    await rm(this.#options.path, { force: true })
  }
}

/** Why a JSON file cannot be used, without the parser's quotations: they may hold a password. */
export function jsonReason(error: unknown): string {
  if (!(error instanceof SyntaxError)) return message(error)
  return `it is not JSON${/ at position \d+.*$/.exec(error.message)?.[0] ?? ''}`
}
