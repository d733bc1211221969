import type { CheckResult } from '../diagnostics'
import type { FindingText } from '../diagnostics/findings'
import type { BerthErrorData } from '../errors'
import { en, type Catalogue } from './en'
import { phrases } from './en/phrases'
import { ko } from './ko'
import { fillText, type ErrorText } from './texts'

export { phrases }
export type { Catalogue, ErrorText, FindingText }
export type MenuTexts = Catalogue['menus']

export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

export const languageNames: Record<Language, string> = { en: 'English', ko: '한국어' }

export const catalogues: Record<Language, Catalogue> = { en, ko }

/**
 * The language for a locale: Korean for Korean locales, otherwise English.
 * @param locale a BCP 47 tag, for example from `app.getLocale()`
 */
export function languageOf(locale: string): Language {
  return /^ko\b/i.test(locale) ? 'ko' : 'en'
}

type Params = BerthErrorData['params']

const phraseKeys = new Map(
  Object.entries(phrases).map(([key, text]) => [text, key as keyof typeof phrases] as const),
)

/** The parameters with every phrase in the user's language. Any other text stays as it is. */
function translated(params: Params, language: Language): Params {
  const texts = catalogues[language].phrases
  const values = Object.entries(params).map(([name, value]) => {
    const key = phraseKeys.get(String(value))
    return [name, key === undefined ? value : texts[key]] as const
  })
  return Object.fromEntries(values)
}

/** An error's texts with its parameters filled in. */
export function errorText(
  { code, params }: Pick<BerthErrorData, 'code' | 'params'>,
  language: Language,
): ErrorText {
  const { what, todo } = catalogues[language].errors[code]
  const values = translated(params, language)
  return { what: fillText(what, values), todo: fillText(todo, values) }
}

/** A finding's texts with its parameters filled in. */
export function findingText(
  { finding, params }: Pick<CheckResult, 'finding' | 'params'>,
  language: Language,
): FindingText {
  const { what, todo } = catalogues[language].findings[finding]
  const values = translated(params, language)
  return { what: fillText(what, values), ...(todo === undefined ? {} : { todo: fillText(todo, values) }) }
}
