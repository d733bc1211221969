import type { CheckResult } from '../diagnostics'
import type { FindingText } from '../diagnostics/findings'
import type { BerthErrorData } from '../errors'
import { en, type Catalogue } from './en'
import { ko } from './ko'
import { fillText, type ErrorText } from './texts'

export type { Catalogue, ErrorText, FindingText }
export type MenuTexts = Catalogue['menus']

export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

export const languageNames: Record<Language, string> = { en: 'English', ko: '한국어' }

export const catalogues: Record<Language, Catalogue> = { en, ko }

/**
 * The user's language: Korean, or else English.
 * @param locale a BCP 47 tag, as `app.getLocale()` gives it
 */
export function languageOf(locale: string): Language {
  return /^ko\b/i.test(locale) ? 'ko' : 'en'
}

/** An error's texts with its parameters filled in. */
export function errorText(
  { code, params }: Pick<BerthErrorData, 'code' | 'params'>,
  language: Language,
): ErrorText {
  const { what, todo } = catalogues[language].errors[code]
  return { what: fillText(what, params), todo: fillText(todo, params) }
}

/** A finding's texts with its parameters filled in. */
export function findingText(
  { finding, params }: Pick<CheckResult, 'finding' | 'params'>,
  language: Language,
): FindingText {
  const { what, todo } = catalogues[language].findings[finding]
  return { what: fillText(what, params), ...(todo === undefined ? {} : { todo: fillText(todo, params) }) }
}
