import { expect, it } from 'vitest'
import { movableFolder, volumeNameFor } from '../../../src/shared/movable-folders'

it('a folder can move unless it holds the system, or its name is no text', () => {
  expect(movableFolder('/srv/my%20db')).toBe('/srv/my db')
  expect(movableFolder('/var/lib/mysql')).toBe('/var/lib/mysql')
  for (const folder of ['/', '/etc', '/usr/local/data', '/var', '/var/lib', '/data/%FF'])
    expect(movableFolder(folder), folder).toBeUndefined()
})

it('the name of the new volume says what it holds, and is free', () => {
  const taken = new Set(['web-db', 'web-db-2'])
  expect(volumeNameFor('web', '/srv/db', (name) => taken.has(name))).toBe('web-db-3')
  expect(volumeNameFor('web', '/srv/my%20db', () => false)).toBe('web-my-20db')
  expect(volumeNameFor('a'.repeat(250), '/srv', () => false)).toHaveLength(200)
})
