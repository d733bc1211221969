import { z } from 'zod'
import type { RegistryLogins } from '../registries'

/** The decoded header X-Registry-Auth. */
const authSchema = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  serveraddress: z.string(),
})

/**
 * Returns a config.json for buildx or compose, with the logins for the registries of these images. Compose gives the
 * proxy to the containers that it creates.
 */
export async function dockerConfigOf(
  images: readonly string[],
  logins: Pick<RegistryLogins, 'forImage'>,
  proxy: Readonly<Record<string, string>> = {},
): Promise<string> {
  const auths: Record<string, { auth?: string; identitytoken?: string }> = {}
  for (const image of images) {
    const { header } = await logins.forImage(image)
    if (header === undefined) continue
    const login = authSchema.parse(JSON.parse(Buffer.from(header, 'base64url').toString()))
    auths[login.serveraddress] =
      login.identitytoken === undefined
        ? { auth: Buffer.from(`${login.username ?? ''}:${login.password ?? ''}`).toString('base64') }
        : { identitytoken: login.identitytoken }
  }
  return JSON.stringify({ auths, proxies: { default: proxy } })
}
