import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Who may talk to the headless host. Whoever reaches it can run anything in the machine, and every page in the
 * user's browser can send requests to 127.0.0.1, so three things are asked for:
 * - `Host` is one of our own names, which defeats DNS rebinding;
 * - `Origin`, where there is one, is ours, which defeats other pages (WebSockets know no same-origin policy);
 * - a cookie with a random value, given to whoever brings the token that only the terminal shows.
 */
export class Access {
  readonly token = randomValue()
  readonly #session = randomValue()
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>
  /** Cookies do not know ports: the name keeps two hosts on one computer apart. */
  readonly #cookieName: string

  constructor(port: number) {
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
    this.#hosts = new Set(hosts)
    this.#origins = new Set(hosts.map((host) => `http://${host}`))
    this.#cookieName = `berth-${port}`
  }

  /** Whether the request is meant for us and comes from our own pages, or from no page at all. */
  isOurs(headers: IncomingHttpHeaders): boolean {
    const { host, origin } = headers
    return host !== undefined && this.#hosts.has(host) && (origin === undefined || this.#origins.has(origin))
  }

  /** The same for a WebSocket, which a browser never opens without an Origin. */
  isOurSocket(headers: IncomingHttpHeaders): boolean {
    return headers.origin !== undefined && this.isOurs(headers)
  }

  isToken(candidate: string): boolean {
    return equal(candidate, this.token)
  }

  /** The `Set-Cookie` header for a browser that brought the token. */
  get cookie(): string {
    return `${this.#cookieName}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`
  }

  hasCookie(headers: IncomingHttpHeaders): boolean {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
    const prefix = `${this.#cookieName}=`
    return pairs.some((pair) => pair.startsWith(prefix) && equal(pair.slice(prefix.length), this.#session))
  }
}

/** 256 random bits, safe in a URL and in a cookie. */
function randomValue(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares in a time that does not depend on where the two differ; hashing makes the lengths equal. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
