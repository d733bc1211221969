import { EventEmitter } from 'node:events'
import { constants, copyFile, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import { insecureRegistrySchema, registryMirrorSchema } from '../../shared/registries'
import { settingsPatchSchema, settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings'
import { ensurePrivateFolder, jsonReason, message, systemErrorCode, writePrivateFile } from '../lib'
import { berthFile, type Logger } from '../host'
import { defaultSettings } from './settings-defaults'

/** The version this app writes. A change that older files need a hand for raises it and adds to `migrations`. */
export const settingsVersion = 2

type Sections = Record<string, unknown>

export interface SettingsFormat {
  version: number
  migrations: Readonly<Record<number, (sections: Sections) => Sections>>
}

/** At n: what makes a file of version n one of version n + 1. */
const migrations: SettingsFormat['migrations'] = {
  // Registries that dockerd does not start with could be set.
  1: ({ registries, ...rest }) => {
    const found = registryNamesSchema.safeParse(registries)
    if (!found.success) return registries === undefined ? rest : { ...rest, registries }
    const { mirrors, insecure } = found.data
    return {
      ...rest,
      registries: {
        ...found.data,
        mirrors: mirrors.filter((name) => registryMirrorSchema.safeParse(name).success),
        insecure: insecure.filter((name) => insecureRegistrySchema.safeParse(name).success),
      },
    }
  },
}
const registryNamesSchema = z.looseObject({ mirrors: z.array(z.string()), insecure: z.array(z.string()) })

const currentFormat: SettingsFormat = { version: settingsVersion, migrations }

const envelopeSchema = z.object({ version: z.number().int().positive() }).loose()

interface StoredSettings {
  patch: SettingsPatch
  /** What the file holds, undefined when there is none. */
  text: string | undefined
}

/**
 * The user's settings, in one file that holds only what differs from the defaults, so that those may follow the
 * host. `change` is emitted with all of them once the file is written, or was by somebody else.
 */
export class SettingsStore extends EventEmitter<{ change: [Settings] }> {
  readonly defaults: Settings
  readonly file: string
  readonly #format: SettingsFormat
  readonly #log: Logger
  #stored: StoredSettings = { patch: {}, text: undefined }
  #problem: BerthErrorData | undefined
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(file: string, log: Logger, defaults: Settings, format: SettingsFormat) {
    super()
    this.setMaxListeners(0)
    this.file = file
    this.defaults = defaults
    this.#log = log
    this.#format = format
  }

  /**
   * Reads `settings.json` of `folder`. What of it cannot be understood is not used, and reported as `problem`; the
   * file is kept beside the new one. Rejects with settings.newer when a later Berth wrote it, with settings.unreadable
   * when the system lets nobody read it or set it aside, and with host.folder-unwritable.
   */
  static async open(
    folder: string,
    log: Logger,
    defaults: Settings = defaultSettings(),
    format: SettingsFormat = currentFormat,
  ): Promise<SettingsStore> {
    await ensurePrivateFolder(folder)
    const store = new SettingsStore(berthFile({ home: folder }, 'settings'), log, defaults, format)
    await store.#takeOver()
    return store
  }

  get current(): Settings {
    return settingsSchema.parse({ ...this.defaults, ...this.#stored.patch })
  }

  /** Why the file that was found is not used; it was kept under another name. Until that is dismissed. */
  get problem(): BerthErrorData | undefined {
    return this.#problem
  }

  dismissProblem(): void {
    this.#problem = undefined
  }

  /**
   * Replaces the sections that `patch` names. The file is written whole or not at all; rejects with
   * settings.unwritable, and then nothing has changed. What somebody else has written into the file stays; rejects
   * with settings.newer or settings.unreadable where that cannot be.
   */
  update(patch: SettingsPatch): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#takeOver()
      await this.#write({ ...this.#stored.patch, ...patch })
      this.emit('change', this.current)
    })
  }

  /**
   * Takes over what somebody else has written into the file. What cannot be understood is left to the next update or
   * start: its writer may not have finished.
   */
  reread(): Promise<void> {
    return this.#oneAtATime(async () => {
      const text = await readText(this.file)
      if (text === undefined || text === this.#stored.text) return
      try {
        this.#stored = { patch: parse(text, this.file, this.#format), text }
      } catch (error) {
        this.#log.warn({ reason: jsonReason(error) }, 'the changed settings could not be read')
        return
      }
      this.emit('change', this.current)
    })
  }

  /** A file that is gone changes nothing: a sync program may be about to put it back. */
  async #takeOver(): Promise<void> {
    const text = await readText(this.file)
    if (text === undefined || text === this.#stored.text) return
    try {
      this.#stored = { patch: parse(text, this.file, this.#format), text }
    } catch (error) {
      if (error instanceof BerthError) throw error
      await this.#salvage(text, jsonReason(error))
    }
  }

  /** Uses the sections that can be understood, and else what is in use already; keeps the file under another name. */
  async #salvage(text: string, reason: string): Promise<void> {
    const kept = await keep(this.file)
    this.#log.error({ reason, kept }, 'the settings could not be read')
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
    const text = `${JSON.stringify({ version: this.#format.version, ...next }, null, 2)}\n`
    try {
      await writePrivateFile(this.file, text)
    } catch (error) {
      const detail = { detail: message(error), cause: error }
      throw new BerthError('settings.unwritable', { file: this.file }, detail)
    }
    this.#stored = { patch: next, text }
  }

  #oneAtATime(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work)
    this.#writing = done.catch(() => undefined)
    return done
  }
}

/** The sections as this app's version has them, not checked yet. */
function migrated(text: string, file: string, format: SettingsFormat): Sections {
  // Notepad may have put a byte order mark in front.
  const { version, ...found } = envelopeSchema.parse(JSON.parse(text.replace(/^\ufeff/, '')))
  if (version > format.version) throw new BerthError('settings.newer', { file, version })
  let sections: Sections = found
  for (let from = version; from < format.version; from++)
    sections = format.migrations[from]?.(sections) ?? sections
  return sections
}

function parse(text: string, file: string, format: SettingsFormat): SettingsPatch {
  return settingsPatchSchema.parse(migrated(text, file, format))
}

/** What can be used of a file that cannot be as a whole; `broken` is undefined when it is no such file at all. */
function intactSections(text: string, format: SettingsFormat): { patch: SettingsPatch; broken?: string[] } {
  let sections: Sections
  try {
    sections = migrated(text, '', format)
  } catch {
    return { patch: {} }
  }
  const { shape } = settingsPatchSchema
  const names = Object.keys(shape).filter((name): name is keyof typeof shape => name in sections)
  const broken = names.filter((name) => !shape[name].safeParse(sections[name]).success)
  const intact = names.filter((name) => !broken.includes(name)).map((name) => [name, sections[name]])
  return { patch: settingsPatchSchema.parse(Object.fromEntries(intact)), broken }
}

/** A section that says what the default says follows the default from then on. */
function withoutDefaults(patch: SettingsPatch, defaults: Settings): SettingsPatch {
  const values: Record<string, unknown> = { ...defaults }
  const own = Object.entries(patch).filter(
    ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(values[name]),
  )
  return settingsPatchSchema.parse(Object.fromEntries(own))
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw unreadable(file, error)
  }
}

/** Puts a copy beside the file, which stays until it is replaced; the copy's name. */
async function keep(file: string): Promise<string> {
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
