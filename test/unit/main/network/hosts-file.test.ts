import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostsFilePath, nameInHostsFile, reversedAddress } from '../../../../src/main/network/hosts-file'

describe('the hosts file', () => {
  let folder: string
  let path: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-hosts-'))
    path = join(folder, 'hosts')
    const lines = [
      '# 192.0.2.1 commented',
      '127.0.0.1\tlocalhost',
      '  192.0.2.1   db.local db # the database',
      '192.0.2.1 other',
      '192.0.2.2',
      '::1 ip6-localhost',
      'FE80::1%lo0 localhost-link',
      '2001:DB8:0:0::0005 six.local',
    ]
    await writeFile(path, lines.join('\r\n'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    ['127.0.0.1', 'localhost'],
    ['192.0.2.1', 'db.local'],
    ['192.0.2.2', undefined],
    ['192.0.2.3', undefined],
    ['0:0:0:0:0:0:0:1', 'ip6-localhost'],
    ['2001:db8::5', 'six.local'],
    ['fe80::1', 'localhost-link'],
  ])('contains for %s the name %s', async (address, name) => {
    expect(await nameInHostsFile(address, path)).toBe(name)
  })

  it('may be missing', async () => {
    expect(await nameInHostsFile('127.0.0.1', join(folder, 'none'))).toBeUndefined()
  })

  it('is in the system’s folder on Windows', () => {
    expect(hostsFilePath('win32', { SystemRoot: 'D:\\Windows' })).toMatch(
      /^D:\\Windows.System32.drivers.etc.hosts$/,
    )
    expect(hostsFilePath('darwin', {})).toBe('/etc/hosts')
  })
})

describe('the name of a reverse lookup', () => {
  it.each([
    ['1.2.0.192.in-addr.arpa', '192.0.2.1'],
    ['1.2.0.192.IN-ADDR.ARPA.', '192.0.2.1'],
    [`1.${'0.'.repeat(31)}ip6.arpa`, '::1'],
    ['1.2.0.in-addr.arpa', undefined],
    ['999.2.0.192.in-addr.arpa', undefined],
    ['app.test', undefined],
    ['x1.2.0.192.in-addr.arpa', undefined],
  ])('%s means %s', (name, address) => {
    expect(reversedAddress(name)).toBe(address)
  })
})
