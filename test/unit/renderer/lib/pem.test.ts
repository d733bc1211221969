import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pemText } from '../../../../src/renderer/lib/pem'
import { certificateAuthority } from '../../../support/certificates'

describe('pemText', () => {
  const { certificate } = certificateAuthority('Company Root')

  it('returns PEM text unchanged', () => {
    const text = `subject=Company Root\r\n${certificate}`
    expect(pemText(new TextEncoder().encode(text))).toBe(text)
    expect(pemText(new Uint8Array())).toBe('')
  })

  it('converts DER, which Windows and macOS export, to PEM', () => {
    const { raw, fingerprint256 } = new X509Certificate(certificate)
    const text = pemText(new Uint8Array(raw))
    expect(text.trim()).toBe(certificate.trim())
    expect(new X509Certificate(text).fingerprint256).toBe(fingerprint256)
  })
})
