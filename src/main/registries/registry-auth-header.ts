import { type Credential, serverOf } from '../docker-cli'

/**
 * The header X-Registry-Auth of a pull or push. Its value is JSON in URL-safe base64 with padding
 * (https://docs.docker.com/reference/api/engine/#section/Authentication).
 */
export function registryAuthHeader(registry: string, { username, secret, isToken }: Credential): string {
  const serveraddress = serverOf(registry)
  const login = isToken
    ? { identitytoken: secret, serveraddress }
    : { username, password: secret, serveraddress }
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
