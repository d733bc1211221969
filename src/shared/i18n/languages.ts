import type { CheckResult } from '../diagnostics'
import type { FindingText } from '../diagnostics/findings'
import type { BerthErrorData } from '../errors'
import type { Catalogue } from './en'
import { phrases } from './en/phrases'
import { fillText, type ErrorText } from './texts'

export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

export const languageNames: Record<Language, string> = { en: 'English', ko: '한국어' }

type Params = BerthErrorData['params']

const phraseKeys = new Map(
  Object.entries(phrases).map(([key, text]) => [text, key as keyof typeof phrases] as const),
)

/** Translates each parameter that is a known phrase into the language of `texts`. Keeps all other parameters. */
function translated(params: Params, { phrases: texts }: Pick<Catalogue, 'phrases'>): Params {
  const values = Object.entries(params).map(([name, value]) => {
    const key = phraseKeys.get(String(value))
    return [name, key === undefined ? value : texts[key]] as const
  })
  return Object.fromEntries(values)
}

/** Returns an error's texts with its parameters filled in. */
export function errorTextOf(
  catalogue: Pick<Catalogue, 'errors' | 'phrases'>,
  { code, params }: Pick<BerthErrorData, 'code' | 'params'>,
): ErrorText {
  const { what, todo } = catalogue.errors[code]
  const values = translated(params, catalogue)
  return { what: fillText(what, values), todo: fillText(todo, values) }
}

/** Returns a finding's texts with its parameters filled in. */
export function findingTextOf(
  catalogue: Pick<Catalogue, 'findings' | 'phrases'>,
  { finding, params }: Pick<CheckResult, 'finding' | 'params'>,
): FindingText {
  const { what, todo } = catalogue.findings[finding]
  const values = translated(params, catalogue)
  return { what: fillText(what, values), ...(todo === undefined ? {} : { todo: fillText(todo, values) }) }
}
