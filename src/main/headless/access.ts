import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Access control of the headless host. A client of the headless host can run anything in the machine. Every page in the
 * user's browser can send requests to 127.0.0.1. So a request must meet three conditions:
 * - `Host` is one of the server's own names. This check prevents DNS rebinding.
 * - `Origin`, if present, is the server's own origin. This check refuses other pages, because WebSockets have no
 *   same-origin policy.
 * - The request has a cookie with a random value. A browser gets the cookie in exchange for the token, which only the
 *   terminal shows.
 */
export class Access {
  readonly token = randomValue()
  readonly #session = randomValue()
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>
  /**
   * A browser sends cookies to all ports of a host. So the cookie's name contains the port, to keep two instances of
   * Berth apart.
   */
  readonly #cookieName: string

  constructor(port: number) {
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
    this.#hosts = new Set(hosts)
    this.#origins = new Set(hosts.map((host) => `http://${host}`))
    this.#cookieName = `berth-${port}`
  }

  /** Whether the request is for this server and comes from one of the server's own pages, or from no page at all. */
  isOurs(headers: IncomingHttpHeaders): boolean {
    const { host, origin } = headers
    return host !== undefined && this.#hosts.has(host) && (origin === undefined || this.#origins.has(origin))
  }

  /**
   * Checks the request for a WebSocket in the same way. The request must also have an Origin, because a browser always
   * sends an Origin.
   */
  isOurSocket(headers: IncomingHttpHeaders): boolean {
    return headers.origin !== undefined && this.isOurs(headers)
  }

  isToken(candidate: string): boolean {
    return equal(candidate, this.token)
  }

  /** The `Set-Cookie` header for a browser that has sent the token. */
  get cookie(): string {
    return `${this.#cookieName}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`
  }

  hasCookie(headers: IncomingHttpHeaders): boolean {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
    const prefix = `${this.#cookieName}=`
    return pairs.some((pair) => pair.startsWith(prefix) && equal(pair.slice(prefix.length), this.#session))
  }
}

/** Returns 256 random bits as text that is safe in a URL and in a cookie. */
function randomValue(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares in constant time, so that timing reveals nothing. Hashing makes the lengths equal. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
