import { describe, expect, it } from 'vitest'
import { loginRequestSchema, registryName, registryOf } from '../../../src/shared/registries'

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
  ])('of the image %s is %s', (image, registry) => {
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
    'is never taken as %j',
    (registry) => {
      expect(loginRequestSchema.safeParse({ registry, username: 'u', password: 'p' }).success).toBe(false)
    },
  )
})
