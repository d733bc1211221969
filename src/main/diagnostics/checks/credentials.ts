import { DockerCliLogins, dockerConfigFolder } from '../../docker-cli'
import { CredentialHelper } from '../../registries'
import { ok, warning, type Check } from '../check'

/**
 * Whether the credential store that the docker CLI's config.json names is there. Docker Desktop leaves its own name
 * behind, and without that program the CLI refuses to pull, build or run anything.
 */
export const credentials: Check = {
  id: 'credentials',
  async run({ env, platform }) {
    // A config.json that cannot be read is the docker context's to tell.
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
