import { DockerConfig, dockerConfigFolder } from '../docker-cli'
import { CredentialHelper, type HelperHost, usualHelpers } from '../registries'

/**
 * Has the docker CLI use the platform's own credential store, or its config.json where that is not installed. Rejects
 * with docker.config-broken or docker.config-unwritable.
 */
export async function replaceCredentialStore(host: HelperHost): Promise<void> {
  const config = new DockerConfig(dockerConfigFolder(host.env, host.platform))
  for (const name of usualHelpers[host.platform] ?? [])
    if (await new CredentialHelper({ name, host, namedIn: config.file }).works())
      return config.setCredentialStore(name)
  return config.setCredentialStore(undefined)
}
