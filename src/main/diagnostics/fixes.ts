import type { ServiceFix } from '../../shared/diagnostics'
import { BerthError } from '../../shared/errors'
import type { SettingsPatch } from '../../shared/settings'
import { DockerConfig, dockerConfigFolder, type DockerAccess } from '../docker-cli'
import { findGuestImage, requestReplacement } from '../guest-image'
import type { Machine } from '../machine'
import type { MachineDns } from '../network'
import { CredentialHelper, type HelperHost, usualHelpers } from '../registries'
import type { DiagnosticsContext } from './check'
import { usedImage } from './checks/image'

/** The services that the fixes use. */
export interface FixContext extends Pick<
  DiagnosticsContext,
  'paths' | 'platform' | 'arch' | 'env' | 'settings'
> {
  machine: DiagnosticsContext['machine'] & Pick<Machine, 'start' | 'stop' | 'useImage' | 'hostWoke'>
  dns: Pick<MachineDns, 'serve'>
  link: DiagnosticsContext['link']
  dockerAccess: Pick<DockerAccess, 'tools' | 'keepContext' | 'makeContextCurrent'>
  updateSettings: (patch: SettingsPatch) => Promise<void>
}

/**
 * Applies the fix that a finding offers.
 * @throws BerthError the codes of the service that applies the fix
 */
export async function applyFix(context: FixContext, action: ServiceFix): Promise<void> {
  const { machine, dns, link, settings, dockerAccess, updateSettings, env, platform } = context
  switch (action) {
    case 'start-machine':
      return machine.start()
    case 'restart-machine':
      await machine.stop()
      return machine.start()
    case 'set-clock':
      machine.hostWoke()
      return
    case 'fetch-image':
      return fetchImage(context)
    case 'use-other-image':
      return switchImage(context)
    case 'serve-dns':
      return dns.serve(link)
    case 'create-context':
      await updateSettings({ docker: { ...settings().docker, context: true } })
      await dockerAccess.keepContext(settings().docker)
      assertContext(dockerAccess)
      return
    case 'use-context':
      await updateSettings({ docker: { context: true, useContext: true } })
      await dockerAccess.makeContextCurrent()
      assertContext(dockerAccess)
      return
    case 'replace-credential-store':
      return replaceCredentialStore({ env, platform })
  }
}

/** Restarts the machine. The start downloads the damaged guest image again. */
async function fetchImage(context: FixContext): Promise<void> {
  const { paths, machine } = context
  const damaged = await usedFolder(context)
  await machine.stop()
  if (damaged !== undefined) await requestReplacement(paths, damaged)
  return machine.start()
}

/** The folder of the image in use, even if its manifest cannot be read. */
function usedFolder(context: FixContext): Promise<string | undefined> {
  return usedImage(context).then(
    (used) => used?.folder,
    () => findGuestImage(context.paths, context.arch),
  )
}

/**
 * Restarts the machine with the newest guest image. If the next start would use the newest image anyway, restarts the
 * machine with the previous image instead.
 */
async function switchImage(context: FixContext): Promise<void> {
  const { machine } = context
  const { next, newest } = (await usedImage(context))?.chosen.image ?? {}
  await machine.useImage(next === newest ? 'previous' : 'newest')
  await machine.stop()
  return machine.start()
}

/** Throws the problem of the context, if there is one. `DockerAccess` does not throw: it keeps errors in `tools`. */
function assertContext({ tools: { contextProblem } }: FixContext['dockerAccess']): void {
  if (contextProblem !== undefined) throw BerthError.fromData(contextProblem)
}

/**
 * Makes the Docker CLI use the credential store of the platform. If that store does not work, the CLI will keep logins
 * in its config.json.
 * @throws BerthError docker.config-broken, docker.config-unwritable
 */
export async function replaceCredentialStore(host: HelperHost): Promise<void> {
  const config = new DockerConfig(dockerConfigFolder(host.env, host.platform))
  for (const name of usualHelpers[host.platform] ?? [])
    if (await new CredentialHelper({ name, host, namedIn: config.file }).works())
      return config.setCredentialStore(name)
  return config.setCredentialStore(undefined)
}
