import { describe, expect, it } from 'vitest'
import { validateSettings } from '../../../../src/main/configuration/validate-settings'

const limits = { cpus: 4, memoryMiB: 8192, leastDiskGiB: 32 }
const size = { cpus: 4, memoryMiB: 4096, diskGiB: 32 }

describe('settings', () => {
  it('that fit the host are accepted', () => {
    expect(() => {
      validateSettings({ machine: size, daemon: { debug: true } }, limits)
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
      validateSettings(patch, limits)
    }).toThrow(expect.objectContaining({ code, params: expect.objectContaining(params) as object }))
  })
})
