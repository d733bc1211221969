import { expect, it } from 'vitest'
import { hasSpaceFor, movableFolder, volumeNameFor } from '../../../src/shared/movable-folders'

it('a folder can move unless it holds the system, or its name is no text', () => {
  expect(movableFolder('/srv/my%20db')).toBe('/srv/my db')
  expect(movableFolder('/var/lib/mysql')).toBe('/var/lib/mysql')
  expect(movableFolder('/var/runs')).toBe('/var/runs')
  for (const folder of ['/', '/etc', '/usr/local/data', '/var', '/var/lib', '/data/%FF'])
    expect(movableFolder(folder), folder).toBeUndefined()
})

it.each([
  ...['/var/../usr', '/srv/..', '/srv/.', '/%2E%2E/usr', '/srv//db', '/srv/', 'srv', ''],
  ...['/%75sr', '/%76ar/lib', '/var/run', '/var/run/app', '/var/lock'],
])('a folder of the system cannot move under another spelling: %s', (folder) => {
  expect(movableFolder(folder)).toBeUndefined()
})

it('a copy leaves 64 MiB free', () => {
  const mebibyte = 1024 ** 2
  expect(hasSpaceFor({ bytes: 10 * mebibyte, free: 74 * mebibyte })).toBe(true)
  expect(hasSpaceFor({ bytes: 10 * mebibyte, free: 74 * mebibyte - 1 })).toBe(false)
})

it('the name of the new volume says what it holds, and is free', () => {
  const taken = new Set(['web-db', 'web-db-2'])
  expect(volumeNameFor('web', '/srv/db', (name) => taken.has(name))).toBe('web-db-3')
  expect(volumeNameFor('web', '/srv/my%20db', () => false)).toBe('web-my-20db')
  expect(volumeNameFor('a'.repeat(250), '/srv', () => false)).toHaveLength(200)
})
