import { describe, expect, it } from 'vitest'
import {
  insecureRegistrySchema,
  loginRequestSchema,
  registryMirrorSchema,
  registryName,
  registryOf,
} from '../../../src/shared/registries'

describe('the registry', () => {
  it.each([
    ['app', 'docker.io'],
    ['app:1', 'docker.io'],
    ['me/app', 'docker.io'],
    ['docker.io/me/app', 'docker.io'],
    ['index.docker.io/me/app', 'docker.io'],
    ['ghcr.io/me/app@sha256:0', 'ghcr.io'],
    ['localhost/app', 'localhost'],
    ['localhost:5000/app', 'localhost:5000'],
    ['10.0.2.2:5000/app:1', '10.0.2.2:5000'],
    ['[::1]:5000/app', '[::1]:5000'],
    ['Registry/app', 'registry'],
  ])('of the image “%s” is %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry)
  })

  it.each([
    ['', 'docker.io'],
    [' https://GHCR.io/ ', 'ghcr.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry.example.com:5000/v2/', 'registry.example.com:5000'],
  ])('that is typed as %j is %s', (typed, registry) => {
    expect(registryName(typed)).toBe(registry)
  })

  it.each(['', 'my registry', 'https://ghcr.io', 'ghcr.io/me', '-x', 'a:port', 'a\nb'])(
    'of a login may not be %j',
    (registry) => {
      expect(loginRequestSchema.safeParse({ registry, username: 'u', password: 'p' }).success).toBe(false)
    },
  )
})

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
  ])('may not be %j, which dockerd refuses or cannot use', (text) => {
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
