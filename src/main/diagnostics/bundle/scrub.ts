export const redacted = '[redacted]'

/** Parts of a name whose value is nobody's business; the whole name may be longer. */
const tellingNames = [
  'passw(?:or)?d',
  'passphrase',
  'secret',
  'token',
  'credential',
  '(?:api|access|account|encryption|private|shared|signing)[-_]?key',
].join('|')
/** Names, or the last words of one, that are telling only as a whole. */
const wholeNames = String.raw`(?:[\w-]{0,60}[-_])?(?:pass|pwd|auth)`

/** `NAME=`, `"name":`, `name: `, also where quotes are escaped in a log's JSON. */
function named(separator: string, value: string): [RegExp, string] {
  const name = String.raw`(?<![\w-])(?:[\w-]{0,60}(?:${tellingNames})[\w-]{0,60}|${wholeNames})\\?["']?`
  return [new RegExp(String.raw`(${name}\s*${separator})${value}`, 'gi'), `$1${redacted}`]
}

/**
 * What gives a secret away by its form, whatever its value is. Lengths are bounded where a log that is one endless word
 * would take its square in time.
 */
const forms: [RegExp, string][] = [
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
    redacted,
  ],
  // What is left of one whose beginning was cut off.
  [/(?:^[\w+/=-]+\r?\n){1,100}-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----/gm, redacted],
  // The user is taken as well: for some registries it is the token. A password may hold another @.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"']+@/gi, `$1${redacted}@`],
  // The same without a scheme, as some set a proxy; not name:tag@sha256:…
  [/(^|[\s"'=(])[\w.+%-]{1,200}:[^\s/@"']{1,200}@(?!sha256:)(?=[\w.-]+)/g, `$1${redacted}@`],
  [/\b(bearer|basic|negotiate)\s+[\w.~+/=-]{6,}/gi, `$1 ${redacted}`],
  [/\b((?:set-)?cookie\\?["']?\s*[:=]\s*\\?["']?)[^"'\\\n]+/gi, `$1${redacted}`],
  // JSON in base64: a JWT, or the header that shows a login to a registry.
  [/eyJ[\w+/=-]{15,}(?:\.[\w-]+)*/g, redacted],
  // What Docker, GitHub, GitLab, npm, Slack and Amazon begin their tokens with.
  [/\b(?:dckr_[op]at_|gh[opsur]_|github_pat_|glpat-|npm_|xox[abeprs]-|A[KS]IA)[\w-]{12,}/g, redacted],
  [/(--password\s+)[^\s-]\S*/gi, `$1${redacted}`],
  named(String.raw`[:=]\s*\\"`, String.raw`(?:(?!\\")[^\n])+`),
  named(String.raw`[:=]\s*"`, String.raw`(?:\\.|[^"\\\n])+`),
  named(String.raw`[:=]\s*'`, String.raw`[^'\n]+`),
  named('=', String.raw`[^\s"'\\&]+`),
  named(String.raw`:\s*`, String.raw`[^\s"'\\,;}&]+`),
]

/** Shorter ones are words that stand in every log. */
const leastLength = 4

/** The text without these secrets, whole or URL-encoded, and without whatever has the form of one. */
export function scrub(text: string, secrets: Iterable<string>): string {
  let clean = text
  // The longest first, as one may be a part of another.
  for (const secret of [...new Set(secrets)].sort((a, b) => b.length - a.length)) {
    if (secret.length < leastLength) continue
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]))
      clean = clean.replaceAll(form, redacted)
  }
  for (const [form, replacement] of forms) clean = clean.replace(form, replacement)
  return clean
}
