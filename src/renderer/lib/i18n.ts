import { shallowRef } from 'vue'
import type { Catalogue } from '../../shared/i18n/en'
import type { Language } from '../../shared/i18n/languages'
import { fillText } from '../../shared/i18n/texts'

type Params = Readonly<Record<string, unknown>>

/** Each language is a file of its own, because a window needs only one. */
const load: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import('../../shared/i18n/en')).en,
  ko: async () => (await import('../../shared/i18n/ko')).ko,
}
const current = shallowRef<Catalogue>()
let wanted: Language | undefined

/** Loads a language and shows it. The page keeps the former one until then. */
export async function showLanguage(language: Language): Promise<void> {
  wanted = language
  const catalogue = await load[language]()
  if (wanted === language) current.value = catalogue
}

/** Every text in the language that is shown. Call this after the first `showLanguage`. */
export function catalogue(): Catalogue {
  if (current.value === undefined) throw new Error('no language has been loaded')
  return current.value
}

/**
 * The text of `key` (`containers.done.run`) with its parameters filled in. `count` chooses among the forms of a text
 * such as `{count} line | {count} lines`.
 */
export function translate(key: string, params: Params = {}, count?: number): string {
  return formOf(textOf(key), params, count)
}

function textOf(key: string): string {
  let node: unknown = current.value?.app
  for (const name of key.split('.'))
    node = typeof node === 'object' && node !== null ? (node as Params)[name] : undefined
  return typeof node === 'string' ? node : key
}

/** The chosen form of a text: of two, the first is for one; of three, the first is for none. */
export function formOf(text: string, params: Params = {}, count?: number): string {
  const forms = text.split(' | ')
  const index = count === undefined ? 0 : forms.length === 2 ? Number(count !== 1) : Math.min(count, 2)
  const values = Object.entries({ ...(count === undefined ? {} : { count }), ...params })
  return fillText(
    forms[Math.min(index, forms.length - 1)] ?? text,
    Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
  )
}
