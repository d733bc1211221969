import { dockerHub, registryName } from '../../shared/registries'

/** What a registry wants to be shown. */
export interface Credential {
  username: string
  /** A password, or an identity token of the registry. */
  secret: string
  isToken: boolean
}

/** The docker CLI's name for Docker Hub (github.com/moby/moby registry/config.go, IndexServer). */
const hubServer = 'https://index.docker.io/v1/'

/** What a registry's login is kept under, by the docker CLI and every credential helper. */
export function serverOf(registry: string): string {
  return registry === dockerHub ? hubServer : registry
}

/** The registry that a login is kept for; undefined for other things that are kept beside logins. */
export function registryOfServer(server: string): string | undefined {
  const registry = registryName(server)
  return serverOf(registry) === server ? registry : undefined
}

/**
 * The header X-Registry-Auth (https://docs.docker.com/reference/api/engine/#section/Authentication): JSON in the
 * base64 of URLs, padded.
 */
export function authHeader(registry: string, { username, secret, isToken }: Credential): string {
  const serveraddress = serverOf(registry)
  const login = isToken
    ? { identitytoken: secret, serveraddress }
    : { username, password: secret, serveraddress }
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
