import { EventEmitter } from 'node:events'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import { insecureRegistrySchema, registryMirrorSchema } from '../../shared/registry-names'
import { settingsPatchSchema, settingsSchema, type Settings, type SettingsPatch } from '../../shared/settings'
import { ensurePrivateFolder, message, systemErrorCode, writePrivateFile } from './files'
import { jsonReason } from './json-reason'
import type { Logger } from './log'
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

/**
 * The user's settings, in one file that holds only what differs from the defaults, so that those may follow the
 * host. `change` is emitted with all of them once the file is written.
 */
export class SettingsStore extends EventEmitter<{ change: [Settings] }> {
  readonly defaults: Settings
  readonly #file: string
  readonly #version: number
  #patch: SettingsPatch
  #problem: BerthErrorData | undefined
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(
    { file, version }: { file: string; version: number },
    defaults: Settings,
    patch: SettingsPatch,
    problem?: BerthErrorData,
  ) {
    super()
    this.setMaxListeners(0)
    this.#file = file
    this.#version = version
    this.defaults = defaults
    this.#patch = patch
    this.#problem = problem
  }

  /**
   * Reads `settings.json` of `folder`. One that cannot be understood is set aside and reported as `problem`.
   * Rejects with settings.newer when a later Berth wrote it, with settings.unreadable when the system lets nobody read
   * it or set it aside, and with host.folder-unwritable.
   */
  static async open(
    folder: string,
    log: Logger,
    defaults: Settings = defaultSettings(),
    { version, migrations }: SettingsFormat = currentFormat,
  ): Promise<SettingsStore> {
    await ensurePrivateFolder(folder)
    const file = join(folder, 'settings.json')
    const store = { file, version }
    const text = await readText(file)
    if (text === undefined) return new SettingsStore(store, defaults, {})
    try {
      return new SettingsStore(store, defaults, parse(text, file, { version, migrations }))
    } catch (error) {
      if (error instanceof BerthError) throw error
      const kept = await setAside(file)
      const reason = jsonReason(error)
      log.error({ reason, kept }, 'the settings could not be read')
      const problem = new BerthError('settings.broken', { file, kept }, { detail: reason })
      return new SettingsStore(store, defaults, {}, problem.toData())
    }
  }

  get current(): Settings {
    return settingsSchema.parse({ ...this.defaults, ...this.#patch })
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
   * settings.unwritable, and then nothing has changed.
   */
  update(patch: SettingsPatch): Promise<void> {
    const update = this.#writing.then(() => this.#update(patch))
    this.#writing = update.catch(() => undefined)
    return update
  }

  async #update(patch: SettingsPatch): Promise<void> {
    const next = withoutDefaults({ ...this.#patch, ...patch }, this.defaults)
    try {
      await writePrivateFile(this.#file, `${JSON.stringify({ version: this.#version, ...next }, null, 2)}\n`)
    } catch (error) {
      throw new BerthError(
        'settings.unwritable',
        { file: this.#file },
        { detail: message(error), cause: error },
      )
    }
    this.#patch = next
    this.emit('change', this.current)
  }
}

function parse(text: string, file: string, format: SettingsFormat): SettingsPatch {
  const { version, ...found } = envelopeSchema.parse(JSON.parse(text))
  if (version > format.version) throw new BerthError('settings.newer', { file, version })
  let sections: Sections = found
  for (let from = version; from < format.version; from++)
    sections = format.migrations[from]?.(sections) ?? sections
  return settingsPatchSchema.parse(sections)
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
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
}

/** The name that the file has then. */
async function setAside(file: string): Promise<string> {
  const kept = `${file}.broken-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  try {
    await rename(file, kept)
    return kept
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): BerthError {
  return new BerthError('settings.unreadable', { file, reason: message(error) }, { cause: error })
}
