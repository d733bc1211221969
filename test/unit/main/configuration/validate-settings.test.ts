import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { checkSettings, readCertificates } from '../../../../src/main/configuration/validate-settings'
import { certificateAuthority } from '../../../support/certificates'

const limits = { cpus: 4, memoryMiB: 8192, leastDiskGiB: 32 }
const size = { cpus: 4, memoryMiB: 4096, diskGiB: 32 }

describe('settings', () => {
  it('that the host can hold are taken', () => {
    expect(() => {
      checkSettings({ machine: size, daemon: { debug: true } }, limits)
    }).not.toThrow()
  })

  it.each([
    [{ machine: { ...size, cpus: 5 } }, 'settings.over-limit', { field: 'cpus', value: 5, most: 4 }],
    [{ machine: { ...size, memoryMiB: 9000 } }, 'settings.over-limit', { field: 'memoryMiB' }],
    [{ machine: { ...size, diskGiB: 31 } }, 'settings.disk-smaller', { size: 31, present: 32 }],
    [{ daemon: { hosts: ['tcp://0.0.0.0:2375'] } }, 'settings.daemon-refused', { key: 'hosts' }],
    [{ daemon: { debugg: true } }, 'settings.daemon-unknown', { key: 'debugg' }],
    [{ daemon: { dns: ['nowhere'] } }, 'settings.daemon-type', { key: 'dns.0' }],
    [
      {
        registries: {
          mirrors: [],
          insecure: [],
          certificates: [{ name: 'x', pem: '-----BEGIN CERTIFICATE' }],
        },
      },
      'settings.certificate-invalid',
      {},
    ],
  ])('%j are refused as %s', (patch, code, params) => {
    expect(() => {
      checkSettings(patch, limits)
    }).toThrow(expect.objectContaining({ code, params: expect.objectContaining(params) as object }))
  })
})

describe('certificates', () => {
  it('are read one by one from a PEM text', () => {
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
    'that are none are refused: %j',
    (pem) => {
      expect(() => readCertificates(pem)).toThrow(
        expect.objectContaining({ code: 'settings.certificate-invalid' }),
      )
    },
  )
})
