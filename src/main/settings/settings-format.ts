import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { insecureRegistrySchema, registryMirrorSchema } from '../../shared/registries'
import { settingsPatchSchema, type Settings, type SettingsPatch } from '../../shared/settings'

/** The version that this app writes. If a change makes older files invalid, raise the version and add a migration. */
const settingsVersion = 2

type Sections = Record<string, unknown>

export interface SettingsFormat {
  version: number
  /** The function at key n converts the sections of version n to version n + 1. */
  migrations: Readonly<Record<number, (sections: Sections) => Sections>>
}

const registryNamesSchema = z.looseObject({ mirrors: z.array(z.string()), insecure: z.array(z.string()) })

const migrations: SettingsFormat['migrations'] = {
  // Version 1 accepted invalid registry names, with which dockerd does not start.
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

export const currentFormat: SettingsFormat = { version: settingsVersion, migrations }

const envelopeSchema = z.object({ version: z.number().int().positive() }).loose()

/**
 * The settings in a file's text.
 * @throws BerthError settings.newer; SyntaxError or ZodError if the text does not hold settings
 */
export function parseSettings(text: string, file: string, format: SettingsFormat): SettingsPatch {
  return settingsPatchSchema.parse(migrated(text, file, format))
}

export function formatSettings(patch: SettingsPatch, { version }: SettingsFormat): string {
  return `${JSON.stringify({ version, ...patch }, null, 2)}\n`
}

/**
 * The valid sections of a broken file. `broken` names the invalid sections. It is undefined if the text cannot be
 * divided into sections, for example because it is not JSON.
 */
export function intactSections(
  text: string,
  format: SettingsFormat,
): { patch: SettingsPatch; broken?: string[] } {
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

/** Removes the sections that equal the default. If the default changes later, these sections change with it. */
export function withoutDefaults(patch: SettingsPatch, defaults: Settings): SettingsPatch {
  const values: Record<string, unknown> = { ...defaults }
  const own = Object.entries(patch).filter(
    ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(values[name]),
  )
  return settingsPatchSchema.parse(Object.fromEntries(own))
}

/** Converts the sections to the current version. They are not validated yet. */
function migrated(text: string, file: string, format: SettingsFormat): Sections {
  // Notepad may have added a byte order mark.
  const { version, ...found } = envelopeSchema.parse(JSON.parse(text.replace(/^\ufeff/, '')))
  if (version > format.version) throw new BerthError('settings.newer', { file, version })
  let sections: Sections = found
  for (let from = version; from < format.version; from++)
    sections = format.migrations[from]?.(sections) ?? sections
  return sections
}
