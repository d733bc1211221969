import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { LoginRequest } from '../../shared/registries'
import { connectionError, EngineResponseError, type EngineClient } from './client'

/** The login that a request sends to an image's registry. Empty if there is no login. */
export interface PullLogin {
  /** The value of the header X-Registry-Auth. */
  header?: string
  /** The error if a stored login could not be read. It is thrown in place of the registry's own refusal. */
  problem?: BerthError
}

const answerSchema = z.object({ IdentityToken: z.string().optional() })

/**
 * Tries a login at its registry. `server` is the engine's name for the registry. If the registry issues an identity
 * token, resolves with that token. The caller must store the token in place of the password.
 * @throws BerthError login.refused, login.unreachable, login.untrusted; the BerthErrors of {@link EngineClient}
 */
export async function checkLogin(
  client: EngineClient,
  { registry, username, password }: LoginRequest,
  server: string,
): Promise<string | undefined> {
  try {
    const body = { username, password, serveraddress: server }
    const { IdentityToken } = await client.json({ method: 'POST', path: '/auth', body }, answerSchema)
    return IdentityToken === '' ? undefined : IdentityToken
  } catch (error) {
    if (error instanceof EngineResponseError) throw loginError(error, registry)
    throw connectionError(error)
  }
}

/** Makes the error of a login. The patterns match the messages of github.com/moby/moby registry/auth.go and of Go. */
function loginError({ status, message }: EngineResponseError, registry: string): BerthError {
  const detail = { detail: message }
  if (message.includes('x509:'))
    return new BerthError('login.untrusted', { registry, reason: message }, detail)
  if (status === 401 || /unauthorized|access denied|forbidden|incorrect username/i.test(message))
    return new BerthError('login.refused', { registry }, detail)
  return new BerthError('login.unreachable', { registry, reason: message }, detail)
}

export function loginHeaders({ header }: PullLogin): Record<string, string> {
  return header === undefined ? {} : { 'x-registry-auth': header }
}

/** Returns the login's own problem if the registry denied access because of it. Otherwise returns `error`. */
export function withLoginProblem(error: BerthError, { problem }: PullLogin): BerthError {
  return error.code === 'registry.denied' && problem !== undefined ? problem : error
}
