export const redacted = '[redacted]'

/** If a name contains one of these, its value is secret. */
const secretNames = [
  'passw(?:or)?d',
  'passphrase',
  'secret',
  'token',
  'credential',
  '(?:api|access|account|encryption|private|shared|signing)[-_]?key',
].join('|')
/**
 * If a name is one of these words, or ends with one after `-` or `_`, its value is secret. Parts of other words do not
 * count.
 */
const wholeNames = String.raw`(?:[\w-]{0,60}[-_])?(?:pass|pwd|auth)`

/** Matches `NAME=`, `"name":` and `name: `. The quotes may be escaped, because a log line is JSON. */
function named(separator: string, value: string): [RegExp, string] {
  const name = String.raw`(?<![\w-])(?:[\w-]{0,60}(?:${secretNames})[\w-]{0,60}|${wholeNames})\\?["']?`
  return [new RegExp(String.raw`(${name}\s*${separator})${value}`, 'gi'), `$1${redacted}`]
}

/**
 * Patterns that recognize a secret by its form. Some lengths are bounded. Without the bounds, a log that is one very
 * long word would take quadratic time.
 */
const forms: [RegExp, string][] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
    redacted,
  ],
  // The end of a private key whose beginning was cut off.
  [/(?:^[\w+/=-]+\r?\n){1,100}-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----/gm, redacted],
  // A user name and password in a URL. The user name is removed too, because for some registries it is the token. A
  // password may contain another @.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"']+@/gi, `$1${redacted}@`],
  // A user name and password without a scheme, because some users write a proxy like this. The pattern must not match
  // name:tag@sha256:…
  [/(^|[\s"'=(])[\w.+%-]{1,200}:[^\s/@"']{1,200}@(?!sha256:)(?=[\w.-]+)/g, `$1${redacted}@`],
  [/\b(bearer|basic|negotiate)\s+[\w.~+/=-]{6,}/gi, `$1 ${redacted}`],
  [/\b((?:set-)?cookie\\?["']?\s*[:=]\s*\\?["']?)[^"'\\\n]+/gi, `$1${redacted}`],
  // JSON in base64: a JWT, or the header with a registry login.
  [/eyJ[\w+/=-]{15,}(?:\.[\w-]+)*/g, redacted],
  // The prefixes of tokens of Docker, GitHub, GitLab, npm, Slack and Amazon.
  [/\b(?:dckr_[op]at_|gh[opsur]_|github_pat_|glpat-|npm_|xox[abeprs]-|A[KS]IA)[\w-]{12,}/g, redacted],
  [/(--password\s+)[^\s-]\S*/gi, `$1${redacted}`],
  named(String.raw`[:=]\s*\\"`, String.raw`(?:(?!\\")[^\n])+`),
  named(String.raw`[:=]\s*"`, String.raw`(?:\\.|[^"\\\n])+`),
  named(String.raw`[:=]\s*'`, String.raw`[^'\n]+`),
  named('=', String.raw`[^\s"'\\&]+`),
  named(String.raw`:\s*`, String.raw`[^\s"'\\,;}&]+`),
]

/** Shorter secrets are not searched for, because they would match ordinary words in every log. */
const leastLength = 4

/**
 * Redacts the given secrets, also in URL-encoded and JSON-escaped form. Also redacts everything that looks like a
 * secret.
 */
export function scrub(text: string, secrets: Iterable<string>): string {
  let clean = text
  // The longest first, because one secret may be part of another.
  for (const secret of [...new Set(secrets)].sort((a, b) => b.length - a.length)) {
    if (secret.length < leastLength) continue
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]))
      clean = clean.replaceAll(form, redacted)
  }
  for (const [form, replacement] of forms) clean = clean.replace(form, replacement)
  return clean
}
