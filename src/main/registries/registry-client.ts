import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as tlsConnect, rootCertificates, type TLSSocket } from 'node:tls'
import { z } from 'zod'
import type { Credential } from '../docker-cli'
import { untilAborted } from '../lib'
import type { SshLink } from '../ssh'

/** The most bytes of one answer. A page of 100 names has a few kB. */
const mostBytes = 2_000_000
/** How long an insecure registry may take to answer over TLS before Berth tries it without TLS, milliseconds. */
const probeMs = 3_000

export interface RegistryClientOptions {
  link: Pick<SshLink, 'openTcp'>
  /** The certificates of the settings, in PEM. Registries are also trusted by the well-known authorities. */
  certificates: () => readonly string[]
  /** Whether dockerd may reach a registry without TLS, or with a certificate that nobody has signed. */
  isInsecure: (host: string) => boolean
}

export interface RegistryQuestion {
  /** The registry's host, with or without a port. */
  host: string
  path: string
  credential: Credential | undefined
  signal: AbortSignal
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() })

/**
 * Asks registries (https://distribution.github.io/distribution/spec/api/). The connections begin in the machine, so
 * that names and addresses mean the same as for dockerd. As in dockerd, only an insecure registry is asked without TLS.
 */
export class RegistryClient {
  readonly #options: RegistryClientOptions

  constructor(options: RegistryClientOptions) {
    this.#options = options
  }

  /**
   * Asks a registry, with a login if the registry wants one. Resolves with any answer, also with a refusal.
   * @throws BerthError machine.not-running, machine.connection-lost, port.forward-failed; Error if the registry speaks
   * no HTTP or its certificate is not trusted; the signal's reason
   */
  async get({ host, path, credential, signal }: RegistryQuestion): Promise<Answer> {
    const url = await this.#baseOf(host, signal)
    const first = await this.#ask(new URL(path, url), {}, signal)
    if (first.status !== 401) return first
    const authorization = await this.#authorization(
      first.headers['www-authenticate'] ?? '',
      credential,
      signal,
    )
    if (authorization === undefined) return first
    return this.#ask(new URL(path, url), { authorization }, signal)
  }

  /** The scheme of a registry: HTTPS, or HTTP if an insecure registry does not speak HTTPS. */
  async #baseOf(host: string, signal: AbortSignal): Promise<string> {
    const secure = `https://${host}`
    if (!this.#options.isInsecure(host)) return secure
    try {
      await this.#ask(new URL('/v2/', secure), {}, AbortSignal.any([signal, AbortSignal.timeout(probeMs)]))
      return secure
    } catch (error) {
      if (signal.aborted) throw error
      return `http://${host}`
    }
  }

  /** Returns undefined if the registry wants a kind of login that Berth does not have. */
  async #authorization(
    challenge: string,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const [scheme = ''] = challenge.split(' ')
    if (/^basic$/i.test(scheme))
      return credential === undefined || credential.isToken ? undefined : basic(credential)
    if (!/^bearer$/i.test(scheme)) return undefined
    const parameters = parametersOf(challenge)
    const realm = parameters.get('realm')
    if (realm === undefined || !URL.canParse(realm)) return undefined
    const url = new URL(realm)
    // A password must not leave the machine readable, unless the user has allowed that for this host.
    if (url.protocol !== 'https:' && !this.#options.isInsecure(url.host)) return undefined
    const answer = await this.#token(url, parameters, credential, signal)
    const { success, data } = tokenSchema.safeParse(parsed(answer.body))
    const token = success && answer.status === 200 ? (data.token ?? data.access_token) : undefined
    return token === undefined ? undefined : `Bearer ${token}`
  }

  #token(
    url: URL,
    parameters: ReadonlyMap<string, string>,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const wanted = [...parameters].filter(([name]) => name === 'service' || name === 'scope')
    if (credential?.isToken === true) {
      const form = new URLSearchParams([
        ...wanted,
        ['grant_type', 'refresh_token'],
        ['client_id', 'berth'],
        ['refresh_token', credential.secret],
      ])
      return this.#ask(url, { 'content-type': 'application/x-www-form-urlencoded' }, signal, form.toString())
    }
    for (const [key, value] of wanted) url.searchParams.set(key, value)
    return this.#ask(url, credential === undefined ? {} : { authorization: basic(credential) }, signal)
  }

  async #ask(url: URL, headers: Record<string, string>, signal: AbortSignal, body?: string): Promise<Answer> {
    const stream = await this.#connect(url, signal)
    try {
      const request = httpRequest({
        createConnection: () => stream,
        method: body === undefined ? 'GET' : 'POST',
        host: url.host,
        path: url.pathname + url.search,
        headers: { accept: 'application/json', ...headers, host: url.host, connection: 'close' },
        signal,
      })
      request.end(body)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      const parts: Buffer[] = []
      let length = 0
      for await (const part of response as AsyncIterable<Buffer>) {
        length += part.length
        if (length > mostBytes) throw new Error('the registry sent too much')
        parts.push(part)
      }
      const { statusCode = 0, headers: answered } = response
      return { status: statusCode, headers: answered, body: Buffer.concat(parts).toString('utf8') }
    } finally {
      stream.destroy()
    }
  }

  async #connect(url: URL, signal: AbortSignal): Promise<Duplex> {
    const isTls = url.protocol === 'https:'
    const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const opening = this.#options.link.openTcp(host, port)
    // A connection that comes too late has no reader.
    opening.then(
      (late) => {
        if (signal.aborted) late.destroy()
      },
      () => undefined,
    )
    const stream = await untilAborted(opening, signal)
    if (!isTls) return stream
    const isAddress = /^[\d.]+$|:/.test(host)
    const secured = tlsConnect({
      socket: stream,
      ca: [...rootCertificates, ...this.#options.certificates()],
      rejectUnauthorized: !this.#options.isInsecure(url.host),
      ...(isAddress ? { host } : { servername: host }),
    })
    try {
      await untilAborted(secureConnected(secured, stream), signal)
      return secured
    } catch (error) {
      secured.destroy()
      stream.destroy()
      throw error
    }
  }
}

/** Rejects if the other side closes the connection, because a TLSSocket over another stream does not report that. */
function secureConnected(secured: TLSSocket, stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => {
      reject(new Error('the registry closed the connection'))
    }
    secured.once('secureConnect', resolve).once('error', reject).once('close', closed)
    stream.once('end', closed).once('close', closed).once('error', reject)
  })
}

function basic({ username, secret }: Credential): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
}

/** The parameters of a challenge, such as `Bearer realm="https://auth.example/token",service="registry"`. */
function parametersOf(challenge: string): Map<string, string> {
  const found = challenge.matchAll(/(\w+)="([^"]*)"/g)
  return new Map(Array.from(found, ([, name = '', value = '']) => [name.toLowerCase(), value]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
