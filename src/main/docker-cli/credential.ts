import { z } from 'zod'
import { dockerHub, registryName } from '../../shared/registries'

/** A login to a registry. */
export interface Credential {
  username: string
  /** A password, or an identity token of the registry. */
  secret: string
  isToken: boolean
}

/** The Docker CLI's name for Docker Hub (github.com/moby/moby registry/config.go, IndexServer). */
const hubServer = 'https://index.docker.io/v1/'

/** The key of a registry's login in `config.json` and in every credential helper. */
export function serverOf(registry: string): string {
  return registry === dockerHub ? hubServer : registry
}

/** The registry that a login's key stands for; undefined if {@link serverOf} would not return this key. */
export function registryOfServer(server: string): string | undefined {
  const registry = registryName(server)
  return serverOf(registry) === server ? registry : undefined
}

/** One entry of `auths`, as the Docker CLI writes it: `auth` is `user:password` in base64. */
export const storedAuthSchema = z.looseObject({
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
})
type StoredAuth = z.infer<typeof storedAuthSchema>

/** The login in an entry. Undefined if the entry is empty: the CLI writes such an entry if a helper keeps the login. */
export function readAuth({ auth = '', identitytoken = '' }: StoredAuth): Credential | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const username = colon < 0 ? '' : text.slice(0, colon)
  if (identitytoken !== '') return { username, secret: identitytoken, isToken: true }
  return colon < 1 ? undefined : { username, secret: text.slice(colon + 1), isToken: false }
}

/** The entry of `auths` for a login. */
export function writeAuth({ username, secret, isToken }: Credential): StoredAuth {
  const auth = Buffer.from(`${username}:${isToken ? '' : secret}`).toString('base64')
  return isToken ? { auth, identitytoken: secret } : { auth }
}
