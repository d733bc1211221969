export const redacted = '[redacted]'

/** What gives a secret away by its form, whatever its value is. */
const forms: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
  // The user is taken as well: for some registries it is the token.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${redacted}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${redacted}`],
  // JSON in base64: a JWT, or the header that shows a login to a registry.
  [/eyJ[\w+/=-]{15,}(?:\.[\w-]+)*/g, redacted],
  // NAME=value, "name": "value", name: value, also where quotes are escaped in a log's JSON.
  [
    /([\w-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|credential|private[-_]?key)[\w-]*\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;}&]+/gi,
    `$1${redacted}`,
  ],
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
