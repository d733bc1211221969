import type { ErrorCode } from '../errors/codes'

/** What happened, and what to do about it. */
export interface ErrorText {
  what: string
  todo: string
}
export type ErrorTexts = Record<ErrorCode, ErrorText>

/** Puts parameters into a text. A parameter that is missing stays visible as `{name}`. */
export function fillText(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(params[name] ?? placeholder))
}
