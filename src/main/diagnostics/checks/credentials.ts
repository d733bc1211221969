import { DockerCliLogins, dockerConfigFolder } from '../../docker-cli'
import { CredentialHelper } from '../../registries'
import { ok, warning, type Check } from '../check'

/**
 * Whether the credential helper that the Docker CLI's config.json names is installed. Docker Desktop leaves its own
 * helper's name behind when it is removed. Without that program, the CLI refuses to pull, build or run anything.
 */
export const credentials: Check = {
  id: 'credentials',
  async run({ env, platform }) {
    // The check of the docker context reports a config.json that cannot be read.
    const logins = await DockerCliLogins.read(dockerConfigFolder(env, platform)).catch(() => undefined)
    const helper = logins?.helper()
    if (logins === undefined || helper === undefined) return ok('credentials.none')
    if (
      await new CredentialHelper({
        name: helper,
        host: { env, platform },
        namedIn: logins.file,
      }).isInstalled()
    )
      return ok('credentials.ok', { helper })
    return warning('credentials.missing', { helper, file: logins.file }, { fix: 'replace-credential-store' })
  },
}
