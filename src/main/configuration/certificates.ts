import { X509Certificate } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { Certificate } from '../../shared/registries'
import { message } from '../lib'

/**
 * The X.509 certificates in a PEM text.
 * @throws BerthError settings.certificate-invalid if there is no certificate, or if one cannot be read
 */
export function readCertificates(pem: string): Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0)
    throw new BerthError('settings.certificate-invalid', { reason: phrases['certificate-missing'] })
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
      throw new BerthError('settings.certificate-invalid', { reason: message(error) }, { cause: error })
    }
  })
}

/** The common name. If there is none, the whole distinguished name in one line. */
function shortName(name: string): string {
  return /^CN=(.+)$/m.exec(name)?.[1] ?? name.split('\n').join(', ')
}
