import type { NamedPart } from './project-names'
import type { YamlPath } from './schema'

/** A text that names a part of the project. */
export interface Reference {
  part: NamedPart
  name: string
}

/** True if a path has the form of a pattern. In a pattern, `*` is any key and `#` any index. */
export function matches(path: YamlPath, pattern: string): boolean {
  const steps = pattern.split('.')
  return (
    steps.length === path.length &&
    steps.every((step, index) => {
      const own = path[index]
      return typeof own === 'number' ? step === '#' : step === '*' || step === own
    })
  )
}

/** Places whose value, or whose last key, is a name. */
const plain: readonly (readonly [pattern: string, part: NamedPart])[] = [
  ['services.*.depends_on.#', 'services'],
  ['services.*.depends_on.*', 'services'],
  ['services.*.networks.#', 'networks'],
  ['services.*.networks.*', 'networks'],
  ['services.*.secrets.#', 'secrets'],
  ['services.*.secrets.#.source', 'secrets'],
  ['services.*.build.secrets.#', 'secrets'],
  ['services.*.build.secrets.#.source', 'secrets'],
  ['services.*.configs.#', 'configs'],
  ['services.*.configs.#.source', 'configs'],
  ['services.*.extends', 'services'],
  ['services.*.models.#', 'models'],
  ['services.*.models.*', 'models'],
]
const namespaces = ['services.*.network_mode', 'services.*.ipc', 'services.*.pid']

type Role = 'key' | 'value'

function plainPart(path: YamlPath, role: Role): NamedPart | undefined {
  return plain.find(([pattern]) => pattern.endsWith('.*') === (role === 'key') && matches(path, pattern))?.[1]
}

/** What kind of names a place takes, for completion. `before` is a text that the name follows, such as `service:`. */
export function namesAt(path: YamlPath, role: Role): { part: NamedPart; before: string } | undefined {
  const part = plainPart(path, role)
  if (part !== undefined) return { part, before: '' }
  if (role === 'key') return undefined
  if (namespaces.some((pattern) => matches(path, pattern))) return { part: 'services', before: 'service:' }
  if (['services.*.links.#', 'services.*.volumes_from.#'].some((pattern) => matches(path, pattern)))
    return { part: 'services', before: '' }
  if (matches(path, 'services.*.extends.service')) return { part: 'services', before: '' }
  if (matches(path, 'services.*.volumes.#') || matches(path, 'services.*.volumes.#.source'))
    return { part: 'volumes', before: '' }
  return undefined
}

/**
 * The part of the project that a text at this place names. Undefined if it names none, such as a host folder in the
 * place of a volume.
 */
export function referenceAt(path: YamlPath, text: string, role: Role): Reference | undefined {
  if (text.includes('$')) return undefined
  const part = plainPart(path, role)
  // Every project has a network with this name.
  if (part === 'networks' && text === 'default') return undefined
  if (part !== undefined) return { part, name: text }
  if (role === 'key') return undefined
  if (namespaces.some((pattern) => matches(path, pattern))) {
    const [, name] = /^service:(.+)$/.exec(text) ?? []
    return name === undefined ? undefined : { part: 'services', name }
  }
  if (matches(path, 'services.*.links.#')) return { part: 'services', name: text.replace(/:.*$/, '') }
  if (matches(path, 'services.*.volumes_from.#') && !text.startsWith('container:'))
    return { part: 'services', name: text.replace(/:.*$/, '') }
  if (matches(path, 'services.*.volumes.#')) {
    const [, name] = /^([a-zA-Z0-9][\w.-]+):/.exec(text) ?? []
    // `C:\data` is a folder of Windows.
    return name === undefined ? undefined : { part: 'volumes', name }
  }
  return undefined
}
