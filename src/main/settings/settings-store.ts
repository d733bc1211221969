import { EventEmitter } from 'node:events'
import { constants, copyFile, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import { settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings'
import {
  ensurePrivateFolder,
  jsonReason,
  message,
  sequencer,
  systemErrorCode,
  writePrivateFile,
} from '../lib'
import { berthFile, type Logger } from '../host'
import { defaultSettings } from './settings-defaults'
import {
  currentFormat,
  formatSettings,
  intactSections,
  parseSettings,
  withoutDefaults,
  type SettingsFormat,
} from './settings-format'

export interface SettingsStoreOptions {
  /** The folder of `settings.json`. */
  folder: string
  log: Logger
  defaults?: Settings
  format?: SettingsFormat
}

interface StoredSettings {
  patch: SettingsPatch
  /** The file's text; undefined if there is no file. */
  text: string | undefined
}

/**
 * The user's settings. The file holds only the sections that differ from the defaults. The defaults depend on the host.
 * `change` is emitted with all settings after Berth or another program has written the file.
 */
export class SettingsStore extends EventEmitter<{ change: [Settings] }> {
  readonly defaults: Settings
  readonly file: string
  readonly #format: SettingsFormat
  readonly #log: Logger
  /** Runs the reads and writes of the file one after the other. */
  readonly #inTurn = sequencer()
  #stored: StoredSettings = { patch: {}, text: undefined }
  #problem: BerthErrorData | undefined

  private constructor({
    folder,
    log,
    defaults = defaultSettings(),
    format = currentFormat,
  }: SettingsStoreOptions) {
    super()
    this.setMaxListeners(0)
    this.file = berthFile({ home: folder }, 'settings')
    this.defaults = defaults
    this.#log = log
    this.#format = format
  }

  /**
   * Reads the settings. Invalid sections are ignored and reported as `problem`, and a copy of the broken file is kept
   * beside the new file.
   * @throws BerthError settings.newer if a newer Berth wrote the file; settings.unreadable if the system refuses to
   * read or to copy the file; settings.unwritable; host.folder-unwritable, host.no-space
   */
  static async open(options: SettingsStoreOptions): Promise<SettingsStore> {
    await ensurePrivateFolder(options.folder)
    const store = new SettingsStore(options)
    await store.#adoptFile()
    return store
  }

  get current(): Settings {
    return settingsSchema.parse({ ...this.defaults, ...this.#stored.patch })
  }

  /** The error that says why the file could not be used, until the user dismisses it. A copy of the file is kept. */
  get problem(): BerthErrorData | undefined {
    return this.#problem
  }

  dismissProblem(): void {
    this.#problem = undefined
  }

  /**
   * Replaces the sections that `patch` names. First adopts the changes that another program has made to the file. The
   * file is replaced in one step.
   * @throws BerthError settings.unwritable; settings.newer if a newer Berth has written the file in the meantime;
   * settings.unreadable if the system refuses to read or to copy the file. The sections of `patch` are unchanged then.
   */
  update(patch: SettingsPatch): Promise<void> {
    return this.#inTurn(async () => {
      await this.#adoptFile()
      await this.#write({ ...this.#stored.patch, ...patch })
      this.emit('change', this.current)
    })
  }

  /**
   * Adopts the changes that another program has made to the file. Ignores an invalid file, because the program may not
   * have finished. The next update, or the next start of Berth, reads the file again.
   * @throws BerthError settings.unreadable if the system refuses to read the file
   */
  reread(): Promise<void> {
    return this.#inTurn(async () => {
      const text = await readText(this.file)
      if (text === undefined || text === this.#stored.text) return
      try {
        this.#stored = { patch: parseSettings(text, this.file, this.#format), text }
      } catch (error) {
        this.#log.warn({ reason: jsonReason(error) }, 'could not read the changed settings')
        return
      }
      this.emit('change', this.current)
    })
  }

  /** Reads the file if it has changed. If the file is gone, nothing changes: a sync program may soon restore it. */
  async #adoptFile(): Promise<void> {
    const text = await readText(this.file)
    if (text === undefined || text === this.#stored.text) return
    try {
      this.#stored = { patch: parseSettings(text, this.file, this.#format), text }
    } catch (error) {
      if (error instanceof BerthError) throw error
      await this.#salvage(text, jsonReason(error))
    }
  }

  /** Copies the broken file. Then adopts its valid sections, and keeps the current values of the others. */
  async #salvage(text: string, reason: string): Promise<void> {
    const kept = await keepCopy(this.file)
    this.#log.error({ reason, kept }, 'could not read the settings')
    const { patch, broken } = intactSections(text, this.#format)
    const params = { file: this.file, kept }
    const problem =
      broken === undefined
        ? new BerthError('settings.broken', params, { detail: reason })
        : new BerthError(
            'settings.section-broken',
            { ...params, sections: broken.join(', ') },
            { detail: reason },
          )
    await this.#write({ ...this.#stored.patch, ...patch })
    this.#problem = problem.toData()
  }

  async #write(patch: SettingsPatch): Promise<void> {
    const next = withoutDefaults(patch, this.defaults)
    const text = formatSettings(next, this.#format)
    try {
      await writePrivateFile(this.file, text)
    } catch (error) {
      const detail = { detail: message(error), cause: error }
      throw new BerthError('settings.unwritable', { file: this.file }, detail)
    }
    this.#stored = { patch: next, text }
  }
}

/** The file's text; undefined if there is no file. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw unreadable(file, error)
  }
}

/** Copies the file and returns the copy's path. The file itself stays until `#write` replaces it. */
async function keepCopy(file: string): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const kept = berthFile({ home: dirname(file) }, 'brokenSettings').replace('*', time)
  try {
    await copyFile(file, kept, constants.COPYFILE_EXCL)
    return kept
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): BerthError {
  return new BerthError('settings.unreadable', { file, reason: message(error) }, { cause: error })
}
