import { connectionError, EngineResponseError, type EngineClient } from './client'
import { registryError } from './engine-errors'
import { loginHeaders, type PullLogin, withLoginProblem } from './registry-login'
import { distributionSchema } from './schemas-recreation'

/**
 * Asks the registry which digest an image's tag has now. Pulls nothing.
 * @throws BerthError registry.*, image.reference-invalid; the `problem` of `login` in place of registry.denied; the
 * BerthErrors of {@link EngineClient}
 */
export async function registryDigest(
  client: EngineClient,
  reference: string,
  { login, signal }: { login: PullLogin; signal: AbortSignal },
): Promise<string> {
  try {
    const path = `/distribution/${encodeURI(reference)}/json`
    const headers = loginHeaders(login)
    return (await client.json({ method: 'GET', path, headers, signal }, distributionSchema)).Descriptor.digest
  } catch (error) {
    if (error instanceof EngineResponseError)
      throw withLoginProblem(registryError(error.message, reference), login)
    throw connectionError(error)
  }
}
