import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunRequest } from '../../shared/containers'

const proxySchema = z.record(z.string(), z.string())
const configSchema = z.looseObject({ proxies: z.record(z.string(), proxySchema).default({}) })

/** Keys of a proxy in `config.json`, and the variables that the docker CLI sets for each, in both cases. */
const variables: Record<string, string> = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  ftpProxy: 'FTP_PROXY',
  noProxy: 'NO_PROXY',
  allProxy: 'ALL_PROXY',
}

/**
 * The request with the proxy that the docker CLI's `config.json` has for containers, as `docker run` would set it
 * (https://docs.docker.com/engine/cli/proxy/): that of this engine's address, else the default one. A variable of the
 * request goes first. A file that is not there, or not what the CLI writes, has none.
 */
export async function withContainerProxy(
  request: RunRequest,
  { configFolder, dockerHost }: { configFolder: string; dockerHost: string },
): Promise<RunRequest> {
  const text = await readFile(join(configFolder, 'config.json'), 'utf8').catch(() => '{}')
  const { proxies } = configSchema.catch({ proxies: {} }).parse(parsed(text))
  const proxy = proxies[dockerHost] ?? proxies.default ?? {}
  const own = new Set(request.environment.map(({ name }) => name))
  const added = Object.entries(variables).flatMap(([key, name]) => {
    const value = proxy[key]
    if (value === undefined || value === '') return []
    return [name, name.toLowerCase()].filter((one) => !own.has(one)).map((one) => ({ name: one, value }))
  })
  return { ...request, environment: [...request.environment, ...added] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
