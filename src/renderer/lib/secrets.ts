const secretName =
  /pass(?:wd|word|phrase)?(?:$|_)|secret|token|credential|api_?key|private|auth|(?:^|_)key$|dsn$/i
/** A URL with a password, such as `postgres://user:password@host`. */
const secretUrl = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i

/** Whether a variable probably holds a secret, so that a screen should not show it unasked. */
export function looksSecret({ name, value }: { name: string; value: string }): boolean {
  return value !== '' && (secretName.test(name) || secretUrl.test(value))
}
