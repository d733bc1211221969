import { daemonOptions, daemonProblem } from '../../shared/daemon-options'
import { BerthError } from '../../shared/errors'
import type { SettingsPatch, SettingsState } from '../../shared/settings'
import type { SshLink } from '../ssh'
import { readCertificates } from './certificates'
import type { DaemonFile } from './daemon-file'

/**
 * Refuses settings that would prevent a start of the machine or of dockerd.
 * @throws BerthError settings.over-limit, settings.disk-smaller, settings.daemon-refused, settings.daemon-unknown,
 * settings.daemon-type, settings.certificate-invalid
 */
export function validateSettings(patch: SettingsPatch, limits: SettingsState['limits']): void {
  const { machine, daemon, registries } = patch
  if (machine !== undefined) {
    for (const field of ['cpus', 'memoryMiB'] as const)
      if (machine[field] > limits[field])
        throw new BerthError('settings.over-limit', { field, value: machine[field], most: limits[field] })
    if (machine.diskGiB < limits.leastDiskGiB)
      throw new BerthError('settings.disk-smaller', { size: machine.diskGiB, present: limits.leastDiskGiB })
  }
  if (daemon !== undefined) validateDaemonOptions(daemon)
  for (const { pem } of registries?.certificates ?? []) readCertificates(pem)
}

function validateDaemonOptions(daemon: DaemonFile): void {
  const problem = daemonProblem(daemon)
  if (problem === undefined) return
  const { key, path = [] } = problem
  switch (problem.reason) {
    case 'refused':
      throw new BerthError('settings.daemon-refused', { key })
    case 'unknown':
      throw new BerthError('settings.daemon-unknown', {
        key,
        known: Object.keys(daemonOptions).join(', '),
      })
    case 'type':
      throw new BerthError('settings.daemon-type', { key: [key, ...path].join('.') })
  }
}

/**
 * Lets the dockerd program in the machine validate a daemon.json. The running dockerd does not use this file.
 * @throws BerthError settings.daemon-rejected; as {@link SshLink.exec}
 */
export async function validateDaemonFile(link: Pick<SshLink, 'exec'>, daemon: DaemonFile): Promise<void> {
  const command = `file=/run/berth/daemon.$$.json; cat >$file && dockerd --validate --config-file $file
code=$?; rm $file; exit $code`
  const { code, stderr } = await link.exec(command, { input: JSON.stringify(daemon) })
  if (code === 0) return
  throw new BerthError('settings.daemon-rejected', { reason: lastLine(stderr) }, { detail: stderr })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
