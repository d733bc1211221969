import { X509Certificate } from 'node:crypto'
import { daemonOptions, daemonProblem } from '../../shared/daemon-options'
import { BerthError } from '../../shared/errors'
import type { Certificate } from '../../shared/registries'
import type { SettingsPatch, SettingsState } from '../../shared/settings'

/**
 * Refuses what the machine or dockerd could not be started with: settings.over-limit, settings.disk-smaller,
 * settings.daemon-refused, settings.daemon-unknown, settings.daemon-type, settings.certificate-invalid.
 */
export function checkSettings(patch: SettingsPatch, limits: SettingsState['limits']): void {
  const { machine, daemon, registries } = patch
  if (machine !== undefined) {
    for (const field of ['cpus', 'memoryMiB'] as const)
      if (machine[field] > limits[field])
        throw new BerthError('settings.over-limit', { field, value: machine[field], most: limits[field] })
    if (machine.diskGiB < limits.leastDiskGiB)
      throw new BerthError('settings.disk-smaller', { size: machine.diskGiB, present: limits.leastDiskGiB })
  }
  if (daemon !== undefined) checkDaemon(daemon)
  for (const { pem } of registries?.certificates ?? []) readCertificates(pem)
}

function checkDaemon(daemon: NonNullable<SettingsPatch['daemon']>): void {
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

/** Every certificate of a PEM text. Throws settings.certificate-invalid when there is none, or one is no certificate. */
export function readCertificates(pem: string): Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0)
    throw new BerthError('settings.certificate-invalid', { reason: 'no CERTIFICATE in it' })
  return found.map((text) => {
    try {
      const { subject, issuer, validTo, fingerprint256 } = new X509Certificate(text)
      return {
        pem: `${text.replaceAll('\r\n', '\n')}\n`,
        subject: shortName(subject),
        issuer: shortName(issuer),
        expires: new Date(validTo).getTime(),
        fingerprint: fingerprint256,
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new BerthError('settings.certificate-invalid', { reason }, { cause: error })
    }
  })
}

/** The common name, or else all of it, in one line. */
function shortName(name: string): string {
  return /^CN=(.+)$/m.exec(name)?.[1] ?? name.split('\n').join(', ')
}
