import { z } from 'zod'
import type { RunRequest } from '../../shared/containers'
import { DockerConfig } from './docker-config'

const proxySchema = z.record(z.string(), z.string())
const proxiesSchema = z.looseObject({ proxies: z.record(z.string(), proxySchema).default({}) })

const noProxies: z.infer<typeof proxiesSchema> = { proxies: {} }

/** The keys of a proxy in `config.json`. For each, the Docker CLI sets the variable in upper and in lower case. */
const variables: Record<string, string> = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  ftpProxy: 'FTP_PROXY',
  noProxy: 'NO_PROXY',
  allProxy: 'ALL_PROXY',
}

/**
 * Adds the proxy that the Docker CLI's `config.json` sets for containers, like `docker run`
 * (https://docs.docker.com/engine/cli/proxy/). A proxy for this engine's address overrides the default proxy. The
 * request's own variables override both. If the file is missing or broken, no proxy is added.
 */
export async function withContainerProxy(
  request: RunRequest,
  { configFolder, dockerHost }: { configFolder: string; dockerHost: string },
): Promise<RunRequest> {
  const { proxies } = await new DockerConfig(configFolder).read(proxiesSchema).catch(() => noProxies)
  const proxy = proxies[dockerHost] ?? proxies.default ?? {}
  const own = new Set(request.environment.map(({ name }) => name))
  const added = Object.entries(variables).flatMap(([key, name]) => {
    const value = proxy[key]
    if (value === undefined || value === '') return []
    return [name, name.toLowerCase()].filter((one) => !own.has(one)).map((one) => ({ name: one, value }))
  })
  return { ...request, environment: [...request.environment, ...added] }
}
