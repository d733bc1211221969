import { describe, expect, it } from 'vitest'
import { Access } from '../../../../src/main/headless/access'

const access = new Access(4711)
const cookie = access.cookie.split(';')[0] ?? ''

describe('the access control of the headless host', () => {
  it.each(['127.0.0.1:4711', 'localhost:4711'])('accepts the host name %s', (host) => {
    expect(access.isOurs({ host })).toBe(true)
  })

  it.each([
    undefined,
    '',
    'evil.example',
    '127.0.0.1',
    '127.0.0.1:4712',
    'localhost.evil.example:4711',
    'LOCALHOST:4711',
  ])('refuses the host name %s', (host) => {
    expect(access.isOurs({ host })).toBe(false)
  })

  it.each([
    'http://evil.example',
    'null',
    'https://127.0.0.1:4711',
    'http://127.0.0.1:4712',
    'http://127.0.0.1:4711.evil.example',
  ])('refuses the origin %s', (origin) => {
    expect(access.isOurs({ host: '127.0.0.1:4711', origin })).toBe(false)
  })

  it('requires an origin for a WebSocket', () => {
    expect(access.isOurSocket({ host: '127.0.0.1:4711' })).toBe(false)
    expect(access.isOurSocket({ host: '127.0.0.1:4711', origin: 'http://localhost:4711' })).toBe(true)
  })

  it('accepts only its own token', () => {
    expect(access.isToken(access.token)).toBe(true)
    for (const other of ['', access.token.slice(1), `${access.token}x`, new Access(4711).token])
      expect(access.isToken(other)).toBe(false)
  })

  it('uses a cookie that scripts cannot read, that other sites cannot send, and that is not the token', () => {
    expect(access.cookie).toMatch(/^berth-4711=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(access.cookie).not.toContain(access.token)
  })

  it('finds its cookie among others', () => {
    expect(access.hasCookie({ cookie: `theme=dark; ${cookie}; x=y` })).toBe(true)
    expect(access.hasCookie({ cookie })).toBe(true)
  })

  it.each([
    undefined,
    '',
    'berth-4711=',
    `${cookie}x`,
    cookie.replace('berth-4711', 'berth-4712'),
    `berth-4711=${access.token}`,
    new Access(4711).cookie.split(';')[0],
  ])('refuses the cookie %s', (other) => {
    expect(access.hasCookie(other === undefined ? {} : { cookie: other })).toBe(false)
  })
})
