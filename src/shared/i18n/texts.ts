import type { ErrorCode } from '../errors/codes'

/** `what` says what has happened. `todo` says what to do about it. `{name}` stands for a parameter of the error. */
export interface ErrorText {
  what: string
  todo: string
}
export type ErrorTexts = Record<ErrorCode, ErrorText>

/** Fills parameters into a text. A missing parameter stays visible as `{name}`. */
export function fillText(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(params[name] ?? placeholder))
}
