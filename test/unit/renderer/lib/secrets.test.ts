import { describe, expect, it } from 'vitest'
import { looksSecret } from '../../../../src/renderer/lib/secrets'

describe('a variable that looks like a secret', () => {
  it.each([
    ...['POSTGRES_PASSWORD', 'MYSQL_ROOT_PASSWORD', 'DB_PASS', 'API_KEY', 'apikey', 'AWS_SECRET_ACCESS_KEY'],
    ...['GITHUB_TOKEN', 'JWT_PRIVATE_PEM', 'BASIC_AUTH', 'SENTRY_DSN', 'KEY'],
  ])('is named %s', (name) => {
    expect(looksSecret({ name, value: 'x' })).toBe(true)
  })

  it.each(['PATH', 'NODE_ENV', 'KEYBOARD', 'PASSENGER_APP_ENV', 'HOME'])('is not named %s', (name) => {
    expect(looksSecret({ name, value: 'x' })).toBe(false)
  })

  it('may be a URL with a password', () => {
    expect(looksSecret({ name: 'DATABASE_URL', value: 'postgres://app:hunter2@db/app' })).toBe(true)
    expect(looksSecret({ name: 'DATABASE_URL', value: 'postgres://db:5432/app' })).toBe(false)
  })

  it('has a value', () => {
    expect(looksSecret({ name: 'PASSWORD', value: '' })).toBe(false)
  })
})
