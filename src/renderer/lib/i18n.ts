import { shallowRef } from 'vue'
import type { Catalogue } from '../../shared/i18n/en'
import type { RareTexts } from '../../shared/i18n/en/rare'
import type { Language } from '../../shared/i18n/languages'
import { fillText } from '../../shared/i18n/texts'

type Params = Readonly<Record<string, unknown>>
type RareArea = keyof RareTexts

/** Each language is in a separate file, because a window loads only one language. */
const load: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import('../../shared/i18n/en')).en,
  ko: async () => (await import('../../shared/i18n/ko')).ko,
}
const loadRare: { [Area in RareArea]: Record<Language, () => Promise<RareTexts[Area]>> } = {
  hints: {
    en: async () => (await import('../../shared/i18n/en/app/hints')).hints,
    ko: async () => (await import('../../shared/i18n/ko/app/hints')).hints,
  },
  imageLayers: {
    en: async () => (await import('../../shared/i18n/en/app/image-layers')).imageLayers,
    ko: async () => (await import('../../shared/i18n/ko/app/image-layers')).imageLayers,
  },
  isolation: {
    en: async () => (await import('../../shared/i18n/en/app/isolation')).isolation,
    ko: async () => (await import('../../shared/i18n/ko/app/isolation')).isolation,
  },
  learn: {
    en: async () => (await import('../../shared/i18n/en/app/learn')).learn,
    ko: async () => (await import('../../shared/i18n/ko/app/learn')).learn,
  },
  paste: {
    en: async () => (await import('../../shared/i18n/en/app/paste')).paste,
    ko: async () => (await import('../../shared/i18n/ko/app/paste')).paste,
  },
  stack: {
    en: async () => (await import('../../shared/i18n/en/app/stack')).stack,
    ko: async () => (await import('../../shared/i18n/ko/app/stack')).stack,
  },
  timelines: {
    en: async () => (await import('../../shared/i18n/en/app/timelines')).timelines,
    ko: async () => (await import('../../shared/i18n/ko/app/timelines')).timelines,
  },
}
const current = shallowRef<Catalogue>()
let wanted: Language | undefined
const wantedAreas = new Set<RareArea>()

/** Loads a language and shows it. Until the language is loaded, the page keeps the previous language. */
export async function showLanguage(language: Language): Promise<void> {
  wanted = language
  await show(language)
}

/**
 * Loads a page or tab together with its texts, which the first page does not need.
 *
 * @example
 *   defineAsyncComponent(withTexts('stack', () => import('./StackPage.vue')))
 */
export function withTexts<T>(area: RareArea, loadPage: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [page] = await Promise.all([loadPage(), loadTexts(area)])
    return page
  }
}

/** Loads the texts of a rare area, now and in each language that is shown later. */
export async function loadTexts(area: RareArea): Promise<void> {
  wantedAreas.add(area)
  if (wanted !== undefined) await show(wanted)
}

async function show(language: Language): Promise<void> {
  const areas = [...wantedAreas]
  const [catalogue, ...rare] = await Promise.all([
    load[language](),
    ...areas.map(async (area) => [area, await loadRare[area][language]()] as const),
  ])
  // Another language or area was wanted meanwhile.
  if (wanted !== language || wantedAreas.size !== areas.length) await show(wanted ?? language)
  else current.value = { ...catalogue, app: { ...catalogue.app, ...Object.fromEntries(rare) } }
}

/**
 * Returns all texts in the current language, without those of rare areas.
 *
 * @throws Error if no language has been loaded yet
 */
export function catalogue(): Catalogue {
  if (current.value === undefined) throw new Error('no language has been loaded')
  return current.value
}

/**
 * Returns the text of a key such as `containers.done.run`, with its parameters filled in. `count` selects the form of a
 * text with several forms, such as `{count} line | {count} lines`.
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

/** Selects a form of a text. Two forms are for one and for other counts. Three forms are for none, one and more. */
export function formOf(text: string, params: Params = {}, count?: number): string {
  const forms = text.split(' | ')
  const index = count === undefined ? 0 : forms.length === 2 ? Number(count !== 1) : Math.min(count, 2)
  const values = Object.entries({ ...(count === undefined ? {} : { count }), ...params })
  return fillText(
    forms[Math.min(index, forms.length - 1)] ?? text,
    Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
  )
}
