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

/** The Docker CLI's configuration folder, and the engine's address for the Docker CLI. */
interface DockerCli {
  configFolder: string
  dockerHost: string
}

/**
 * Returns the proxy that the Docker CLI's `config.json` sets for containers, by its keys in this file. A proxy for this
 * engine's address overrides the default proxy. If the file is missing or broken, there is no proxy.
 */
export async function containerProxy({
  configFolder,
  dockerHost,
}: DockerCli): Promise<Readonly<Record<string, string>>> {
  const { proxies } = await new DockerConfig(configFolder).read(proxiesSchema).catch(() => noProxies)
  return proxies[dockerHost] ?? proxies.default ?? {}
}

/**
 * Adds the container proxy to a request, like `docker run` (https://docs.docker.com/engine/cli/proxy/). The request's
 * own variables override it.
 */
export async function withContainerProxy(request: RunRequest, dockerCli: DockerCli): Promise<RunRequest> {
  const proxy = await containerProxy(dockerCli)
  const own = new Set(request.environment.map(({ name }) => name))
  const added = Object.entries(variables).flatMap(([key, name]) => {
    const value = proxy[key]
    if (value === undefined || value === '') return []
    return [name, name.toLowerCase()].filter((one) => !own.has(one)).map((one) => ({ name: one, value }))
  })
  return { ...request, environment: [...request.environment, ...added] }
}
