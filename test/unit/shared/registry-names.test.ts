import { describe, expect, it } from 'vitest'
import { insecureRegistrySchema, registryMirrorSchema } from '../../../src/shared/registry-names'

describe('a mirror', () => {
  it.each([
    'https://mirror.example.com',
    'http://10.0.2.2:5000/',
    'HTTPS://mirror.example.com/path/below',
    'https://[2001:db8::1]:5000',
    'https://bücher.example',
  ])('may be %s', (text) => {
    expect(registryMirrorSchema.safeParse(text).success).toBe(true)
  })

  it.each([
    '',
    'mirror.example.com',
    'ftp://mirror.example.com',
    'https:mirror.example.com',
    'https:\\\\mirror.example.com',
    'https://',
    'https://me:secret@mirror.example.com',
    'https://me@mirror.example.com',
    'https://@mirror.example.com',
    'https://mirror.example.com?x=1',
    'https://mirror.example.com/?',
    'https://mirror.example.com/#part',
    'https://mirror.example.com:99999',
    ' https://mirror.example.com',
    'https://mirror example.com',
  ])('may not be %j, which dockerd does not start with', (text) => {
    expect(registryMirrorSchema.safeParse(text).success).toBe(false)
  })
})

describe('a registry without TLS', () => {
  it.each([
    'registry.example.com',
    'registry.example.com:5000',
    'LOCALHOST:5000',
    '10.0.2.2:5000',
    '10.0.0.0/8',
    '2001:db8::/32',
    '[2001:db8::1]:5000',
    '::1',
  ])('may be %s', (text) => {
    expect(insecureRegistrySchema.safeParse(text).success).toBe(true)
  })

  it.each([
    '',
    'http://registry.example.com',
    'registry.example.com/path',
    '10.0.0.0/99',
    'registry.example.com/8',
    'my_registry:5000',
    '.example.com',
    '-a.example.com',
    'a:b:c',
    'registry:0',
    'registry:99999',
    'registry:',
    '[registry]:5000',
    '[::1',
  ])('may not be %j', (text) => {
    expect(insecureRegistrySchema.safeParse(text).success).toBe(false)
  })
})
