import { DockerCliLogins, dockerConfigFolder } from '../../docker-cli'
import { CredentialHelper } from '../../registries'
import { ok, warning, type Check } from '../check'

/**
 * The Docker CLI's config.json may name a credential helper. Checks that this program is installed. If it is missing,
 * every pull of the CLI fails, also the pull for a build or a run. A removed Docker Desktop leaves such a name in
 * config.json.
 */
export const credentials: Check = {
  id: 'credentials',
  async run({ env, platform }) {
    // If config.json cannot be read, the CLI uses no credential helper.
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
