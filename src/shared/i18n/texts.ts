import type { ErrorCode } from '../errors/codes'

/** `what` describes the error. `todo` tells the user what to do. `{name}` is a placeholder for a parameter. */
export interface ErrorText {
  what: string
  todo: string
}
export type ErrorTexts = Record<ErrorCode, ErrorText>

/** Fills parameters into a text. If a parameter is missing, the text keeps the placeholder `{name}`. */
export function fillText(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(params[name] ?? placeholder))
}
