import { z } from 'zod'
import { suggestionLimit, type ImageSuggestions } from '../../shared/image-suggestions'
import { containsAddress, parseRange } from '../../shared/ip-ranges'
import { dockerHub, registryName } from '../../shared/registries'
import type { Settings } from '../../shared/settings'
import type { Logger } from '../host'
import { message } from '../lib'
import type { SshLink } from '../ssh'
import { RegistryClient } from './registry-client'
import type { RegistryLogins } from './registry-logins'

/** How long Berth uses an answer of a registry again, milliseconds. */
const freshMs = 60_000
/** How long a registry may take, milliseconds. */
const answerMs = 10_000
/** A page of names, and the most pages that Berth reads. */
const pageNames = 200
const mostPages = 10
/** The host that answers for Docker Hub. */
const hubHost = 'registry-1.docker.io'

export interface ImageCatalogueOptions {
  link: Pick<SshLink, 'openTcp' | 'isUp'>
  logins: Pick<RegistryLogins, 'list' | 'credential'>
  settings: () => Settings['registries']
  log: Logger
}

/** The names that a registry has sent. */
interface Names {
  names: readonly string[]
  state: ImageSuggestions['state']
  cut: boolean
}

const repositoriesSchema = z.object({ repositories: z.array(z.string()).nullish() })
const tagsSchema = z.object({ tags: z.array(z.string()).nullish() })

const nothing: ImageSuggestions = { registry: null, references: [], state: 'ok', cut: false }

/**
 * Suggests images of known registries: those that the user is logged in to, and those that the settings name. No other
 * registry gets a request because of a typed text.
 */
export class ImageCatalogue {
  readonly #options: ImageCatalogueOptions
  readonly #client: RegistryClient
  readonly #answers = new Map<string, { until: number; names: Promise<Names> }>()
  #known: { until: number; registries: Promise<string[]> } | undefined

  constructor(options: ImageCatalogueOptions) {
    this.#options = options
    this.#client = new RegistryClient({
      link: options.link,
      certificates: () => options.settings().certificates.map(({ pem }) => pem),
      isInsecure: (host) => isInsecure(host, options.settings().insecure),
    })
  }

  /** Call this when the logins or the settings have changed. */
  forget(): void {
    this.#known = undefined
    this.#answers.clear()
  }

  /** Returns the known registries, repositories or tags that a typed text could become. Never rejects. */
  async suggest(typed: string): Promise<ImageSuggestions> {
    if (!this.#options.link.isUp) return nothing
    const known = await this.#knownRegistries()
    const slash = typed.indexOf('/')
    const named = slash === -1 ? undefined : registryName(typed.slice(0, slash))
    const isNamed = named !== undefined && (known.includes(named) || this.#isInNetwork(named))
    const registry = isNamed ? named : dockerHub
    const rest = isNamed ? typed.slice(slash + 1) : typed
    if (!isNamed && slash === -1 && typed !== '' && !typed.includes(':')) {
      const hosts = known.filter((one) => one !== dockerHub && one.startsWith(typed.toLowerCase()))
      return { ...nothing, references: hosts.map((one) => `${one}/`) }
    }
    if (!isNamed && (looksLikeHost(typed) || !known.includes(dockerHub))) return nothing
    const prefix = isNamed ? typed.slice(0, slash + 1) : ''
    const colon = rest.indexOf(':')
    if (colon > 0) {
      const repository = rest.slice(0, colon)
      const { names, state, cut } = await this.#tags(registry, repository)
      const found = names.filter((tag) => tag.startsWith(rest.slice(colon + 1))).sort(newestFirst)
      return answer(registry, { names: found.map((tag) => `${prefix}${repository}:${tag}`), state, cut })
    }
    // Docker Hub has no catalogue, and users search it in the browser.
    if (registry === dockerHub) return { ...nothing, registry: isNamed ? registry : null }
    const { names, state, cut } = await this.#repositories(registry)
    const wanted = rest.toLowerCase()
    const found = names.filter((name) => name.toLowerCase().includes(wanted))
    const inOrder = [...found].sort((a, b) => Number(b.startsWith(wanted)) - Number(a.startsWith(wanted)))
    return answer(registry, { names: inOrder.map((name) => prefix + name), state, cut })
  }

  /** True if the settings name a network of insecure registries that contains the registry's address. */
  #isInNetwork(registry: string): boolean {
    return isInsecure(
      registry,
      this.#options.settings().insecure.filter((entry) => entry.includes('/')),
    )
  }

  #knownRegistries(): Promise<string[]> {
    const now = Date.now()
    if (this.#known === undefined || this.#known.until < now)
      this.#known = { until: now + freshMs, registries: this.#readKnown() }
    return this.#known.registries
  }

  async #readKnown(): Promise<string[]> {
    const { mirrors, insecure } = this.#options.settings()
    const { logins } = await this.#options.logins.list().catch(() => ({ logins: [] }))
    const hosts = [
      ...logins.map(({ registry }) => registry),
      ...insecure.filter((entry) => !entry.includes('/')),
      ...mirrors.flatMap((mirror) => (URL.canParse(mirror) ? [new URL(mirror).host] : [])),
    ]
    return [...new Set(hosts.map((host) => host.toLowerCase()))].sort()
  }

  #repositories(registry: string): Promise<Names> {
    return this.#names(
      registry,
      '/v2/_catalog',
      (body) => repositoriesSchema.safeParse(body).data?.repositories,
    )
  }

  #tags(registry: string, repository: string): Promise<Names> {
    const isOfficial = registry === dockerHub && !repository.includes('/')
    const name = isOfficial ? `library/${repository}` : repository
    const path = `/v2/${name.split('/').map(encodeURIComponent).join('/')}/tags/list`
    return this.#names(registry, path, (body) => tagsSchema.safeParse(body).data?.tags)
  }

  /** Reads a list of names, or returns the list that was read a moment ago. */
  #names(
    registry: string,
    path: string,
    read: (body: unknown) => readonly string[] | null | undefined,
  ): Promise<Names> {
    const key = `${registry} ${path}`
    const now = Date.now()
    for (const [old, { until }] of this.#answers) if (until < now) this.#answers.delete(old)
    const known = this.#answers.get(key)
    if (known !== undefined) return known.names
    const names = this.#readNames(registry, path, read)
    this.#answers.set(key, { until: now + freshMs, names })
    return names
  }

  async #readNames(
    registry: string,
    path: string,
    read: (body: unknown) => readonly string[] | null | undefined,
  ): Promise<Names> {
    const signal = AbortSignal.timeout(answerMs)
    const host = registry === dockerHub ? hubHost : registry
    const names: string[] = []
    let next: string | undefined = `${path}?n=${String(pageNames)}`
    try {
      const credential = await this.#options.logins.credential(registry).catch(() => undefined)
      for (let page = 0; next !== undefined && page < mostPages; page++) {
        const { status, headers, body } = await this.#client.get({ host, path: next, credential, signal })
        if (status !== 200) return { names, state: stateOf(status), cut: false }
        const found = read(JSON.parse(body))
        if (found === undefined) return { names, state: 'none', cut: false }
        names.push(...(found ?? []))
        next = nextPage(headers.link, path)
      }
      return { names, state: 'ok', cut: next !== undefined }
    } catch (error) {
      this.#options.log.info({ registry, reason: message(error) }, 'a registry did not list its images')
      return { names, state: names.length > 0 ? 'ok' : 'silent', cut: names.length > 0 }
    }
  }
}

const collator = new Intl.Collator('en', { numeric: true })

/** Sorts tags so that the newest version is first: `1.10` before `1.9`. */
function newestFirst(a: string, b: string): number {
  return collator.compare(b, a)
}

function answer(registry: string, { names, state, cut }: Names): ImageSuggestions {
  const isCut = cut || names.length > suggestionLimit
  return { registry, references: names.slice(0, suggestionLimit), state, cut: isCut }
}

function stateOf(status: number): ImageSuggestions['state'] {
  if (status === 401 || status === 403) return 'denied'
  return status === 404 || status === 405 || status === 501 ? 'none' : 'silent'
}

/** The path of the next page: `</v2/_catalog?last=web&n=100>; rel="next"`. Another host or path is not followed. */
function nextPage(link: string | string[] | undefined, path: string): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec([link].flat().join(',')) ?? []
  if (target === undefined || !URL.canParse(target, 'http://registry')) return undefined
  const url = new URL(target, 'http://registry')
  return url.pathname === path ? url.pathname + url.search : undefined
}

/** True if the text before the first slash is the name of a registry, by the rule of `registryOf`. */
function looksLikeHost(typed: string): boolean {
  const [first = '', ...rest] = typed.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
}

/** By dockerd's rule: the settings name the host or its network, or it is this machine itself. */
function isInsecure(host: string, insecure: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name === 'localhost' || name === '::1') return true
  return [...insecure, '127.0.0.0/8'].some((entry) => {
    if (!entry.includes('/')) return entry.toLowerCase() === host.toLowerCase()
    const range = parseRange(entry)
    return range !== undefined && containsAddress(range, name)
  })
}
