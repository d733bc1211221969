import type { CheckResult } from '../diagnostics'
import type { FindingText } from '../diagnostics/findings'
import type { BerthErrorData } from '../errors'
import { en, type Catalogue } from './en'
import { phrases } from './en/phrases'
import { ko } from './ko'
import { errorTextOf, findingTextOf, type Language } from './languages'
import type { ErrorText } from './texts'

export { phrases }
export type { Catalogue, ErrorText, FindingText }
export type MenuTexts = Catalogue['menus']

export const catalogues: Record<Language, Catalogue> = { en, ko }

/**
 * Returns the language for a locale: Korean for Korean locales, otherwise English.
 * @param locale a BCP 47 tag, for example from `app.getLocale()`
 */
export function languageOf(locale: string): Language {
  return /^ko\b/i.test(locale) ? 'ko' : 'en'
}

/** Returns an error's texts with its parameters filled in. */
export function errorText(error: Pick<BerthErrorData, 'code' | 'params'>, language: Language): ErrorText {
  return errorTextOf(catalogues[language], error)
}

/** Returns a finding's texts with its parameters filled in. */
export function findingText(
  result: Pick<CheckResult, 'finding' | 'params'>,
  language: Language,
): FindingText {
  return findingTextOf(catalogues[language], result)
}
