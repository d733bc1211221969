import { daemonOptions, daemonProblem } from '../../shared/daemon-options'
import { BerthError } from '../../shared/errors'
import type { SettingsPatch, SettingsState } from '../../shared/settings'
import { readCertificates } from './certificates'

/**
 * Refuses settings with which the machine or dockerd could not start.
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
  if (daemon !== undefined) validateDaemon(daemon)
  for (const { pem } of registries?.certificates ?? []) readCertificates(pem)
}

function validateDaemon(daemon: NonNullable<SettingsPatch['daemon']>): void {
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
