import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readCertificates } from '../../../../src/main/configuration/certificates'
import { certificateAuthority } from '../../../support/certificates'

describe('certificates', () => {
  it('are read one by one from a PEM bundle', () => {
    execFileSync('openssl', ['version'])
    const [one, two] = [certificateAuthority('Berth Test One'), certificateAuthority('Berth Test Two')]
    const found = readCertificates(
      `# a bundle\r\n${one.certificate.replaceAll('\n', '\r\n')}${two.certificate}`,
    )
    expect(found.map(({ subject }) => subject)).toEqual(['Berth Test One', 'Berth Test Two'])
    expect(found[0]?.expires).toBeGreaterThan(Date.now())
    expect(found[0]?.pem.includes('\r')).toBe(false)
  })

  it.each(['', 'nothing', '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n'])(
    'that are invalid are refused: %j',
    (pem) => {
      expect(() => readCertificates(pem)).toThrow(
        expect.objectContaining({ code: 'settings.certificate-invalid' }),
      )
    },
  )
})
