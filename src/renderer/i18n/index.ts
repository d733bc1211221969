import { createI18n } from 'vue-i18n'
import { diagnosticsTextsEn, diagnosticsTextsKo, type DiagnosticsTexts } from '../../shared/diagnostics'
import { errorTextsEn, errorTextsKo, fillErrorText, type BerthError } from '../../shared/errors'
import { en } from './en'
import { ko } from './ko'

export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

export const languageNames: Record<Language, string> = { en: 'English', ko: '한국어' }

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en, ko },
})

/** What the checks find, in each language. */
export const diagnosticsTexts: Record<Language, DiagnosticsTexts> = {
  en: diagnosticsTextsEn,
  ko: diagnosticsTextsKo,
}

const errorTexts = { en: errorTextsEn, ko: errorTextsKo }

/** What happened and what to do about it, in the given language. */
export function errorTextOf(error: BerthError, language: Language): { what: string; todo: string } {
  const { what, todo } = errorTexts[language][error.code]
  return { what: fillErrorText(what, error.params), todo: fillErrorText(todo, error.params) }
}
