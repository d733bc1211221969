import { message } from './files'

/** Why a file's content could not be used, without the JSON parser's quotations: they may hold a password. */
export function jsonReason(error: unknown): string {
  if (!(error instanceof SyntaxError)) return message(error)
  return `it is not JSON${/ at position \d+.*$/.exec(error.message)?.[0] ?? ''}`
}
