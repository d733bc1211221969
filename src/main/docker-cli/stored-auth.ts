import { z } from 'zod'
import type { Credential } from './credential'

/** One entry of `auths`, as the docker CLI writes it: `auth` is `user:password` in base64. */
export const storedAuthSchema = z.looseObject({
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
})
export type StoredAuth = z.infer<typeof storedAuthSchema>

/** undefined for an entry without a login, as the CLI leaves one behind for each that a credential helper keeps. */
export function readAuth({ auth = '', identitytoken = '' }: StoredAuth): Credential | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const username = colon < 0 ? '' : text.slice(0, colon)
  if (identitytoken !== '') return { username, secret: identitytoken, isToken: true }
  return colon < 1 ? undefined : { username, secret: text.slice(colon + 1), isToken: false }
}

export function writeAuth({ username, secret, isToken }: Credential): StoredAuth {
  const auth = Buffer.from(`${username}:${isToken ? '' : secret}`).toString('base64')
  return isToken ? { auth, identitytoken: secret } : { auth }
}
