/** The scheme and host under which the renderer is served to every window. */
export const appScheme = 'app'
export const appHost = 'berth'
export const appUrl = `${appScheme}://${appHost}`

/** The URL, parsed, when it is one of ours. Compares parsed parts: a prefix test would let `app://berth.evil` in. */
export function parseOwnUrl(url: string): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const own =
    parsed.protocol === `${appScheme}:` &&
    parsed.host === appHost &&
    parsed.username === '' &&
    parsed.password === ''
  return own ? parsed : undefined
}
