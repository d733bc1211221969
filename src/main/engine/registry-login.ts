import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { LoginRequest } from '../../shared/registries'
import { connectionError, EngineResponseError, type EngineClient } from './client'

/** What a pull shows to its registry. */
export interface PullLogin {
  /** The header X-Registry-Auth. */
  header?: string
  /** Why a login that there may be could not be read: the reason, when the registry then denies access. */
  problem?: BerthError
}

/** Finds the login for an image; never rejects. */
export type FindLogin = (reference: string) => Promise<PullLogin>

export const noLogin: FindLogin = () => Promise.resolve({})

const answerSchema = z.object({ IdentityToken: z.string().optional() })

/**
 * Tries a login at its registry, which the engine calls `server`. Resolves with the identity token that is to be
 * kept instead of the password, where the registry gives one. Rejects with login.refused, login.unreachable,
 * login.untrusted.
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

/** The registry's status in the words of github.com/moby/moby registry/auth.go, or Go's network errors. */
export function loginError({ status, message }: EngineResponseError, registry: string): BerthError {
  const detail = { detail: message }
  if (message.includes('x509:'))
    return new BerthError('login.untrusted', { registry, reason: message }, detail)
  if (status === 401 || /unauthorized|access denied|forbidden|incorrect username/i.test(message))
    return new BerthError('login.refused', { registry }, detail)
  return new BerthError('login.unreachable', { registry, reason: message }, detail)
}

/** The header for an image, where there is a login. */
export function loginHeaders({ header }: PullLogin): Record<string, string> {
  return header === undefined ? {} : { 'x-registry-auth': header }
}

/** A refusal by a registry whose login could not even be read is told as that. */
export function withLoginProblem(error: BerthError, { problem }: PullLogin): BerthError {
  return error.code === 'registry.denied' && problem !== undefined ? problem : error
}
