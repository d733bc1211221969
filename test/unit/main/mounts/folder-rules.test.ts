import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFolder, refuseInUse, validateFolders } from '../../../../src/main/mounts/folder-rules'
import type { Container } from '../../../../src/shared/containers'
import { container } from '../ports/support'

const folders = (...paths: string[]) => paths.map((path) => ({ path, writable: true }))

describe('shared folders', () => {
  it.each([
    ['linux', '/home/me', '/root', '/srv', '/tmp', '/mnt/data'],
    ['darwin', '/Users/me', '/Volumes/disk', '/tmp', '/var/folders/ab/cd'],
    ['win32', 'C:\\Users\\me', 'D:\\'],
  ] as const)('may be ordinary folders: %s', (platform, ...paths) => {
    expect(() => {
      validateFolders(folders(...paths), platform)
    }).not.toThrow()
  })

  it.each([
    ['linux', '/'],
    ['linux', '/usr'],
    ['linux', '/usr/local'],
    ['linux', '/etc'],
    ['linux', '/var/lib/docker'],
    ['linux', '/home/me/../../proc'],
    ['darwin', '/dev'],
  ] as const)('cannot be system folders of the machine, such as: %s %s', (platform, path) => {
    expect(() => {
      validateFolders(folders(path), platform)
    }).toThrow(expect.objectContaining({ code: 'mounts.system-folder' }))
  })

  it.each([
    ['linux', '/home', '/home/me'],
    ['linux', '/home/me', '/home/me/'],
    ['darwin', '/Users/me', '/users/ME/x'],
    ['win32', 'C:\\Users', '/c/users/me'],
  ] as const)('cannot be nested, such as: %s %s %s', (platform, ...paths) => {
    expect(() => {
      validateFolders(folders(...paths), platform)
    }).toThrow(expect.objectContaining({ code: 'mounts.nested-folder' }))
  })

  it('are limited to 64', () => {
    const many = (count: number) => folders(...Array.from({ length: count }, (_, index) => `/srv/${index}`))
    expect(() => {
      validateFolders(many(64), 'linux')
    }).not.toThrow()
    expect(() => {
      validateFolders(many(65), 'linux')
    }).toThrow(expect.objectContaining({ code: 'mounts.too-many-folders' }))
  })

  it('are opened with their real paths, or with a problem if they cannot be served', async () => {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'berth-folders-')))
    await symlink(base, join(base, 'link'))
    await writeFile(join(base, 'file'), '')
    const own = join(base, 'own')
    await mkdir(join(own, 'machine'), { recursive: true })
    await symlink(join(own, 'machine'), join(base, 'into-own'))
    const open = (path: string) => openFolder({ path, writable: false }, '1', 'linux', own)
    expect(await open(join(base, 'link'))).toEqual({
      id: '1',
      hostPath: join(base, 'link'),
      path: base,
      guestPath: join(base, 'link'),
      writable: false,
    })
    expect(await open(join(base, 'missing'))).toMatchObject({ problem: { code: 'mounts.folder-missing' } })
    expect(await open(join(base, 'file'))).toMatchObject({ problem: { code: 'mounts.folder-missing' } })
    for (const path of [own, join(own, 'machine'), join(own, 'missing'), join(base, 'into-own')])
      expect(await open(path)).toMatchObject({ problem: { code: 'mounts.own-folder' } })
    expect(await open('/etc')).toMatchObject({ problem: { code: 'mounts.system-folder' } })
    await rm(base, { recursive: true })
  })
})

const current = [
  { path: '/home/me', writable: true },
  { path: '/srv/data', writable: true },
]

function bound(source: string, state: Container['state'] = 'running'): Container {
  const mounts = [{ type: 'bind' as const, source, destination: '/app', readOnly: false }]
  return { ...container('web', [], state), mounts }
}
const refuse = (wanted: typeof current, ...containers: Container[]) => {
  refuseInUse(current, wanted, containers, 'linux')
}

describe('a folder that a running container uses', () => {
  it('stays shared, and its write access cannot be changed', () => {
    const inUse = expect.objectContaining({
      code: 'mounts.folder-in-use',
      params: { path: '/home/me', containers: 'web' },
    }) as Error
    expect(() => {
      refuse(current.slice(1), bound('/home/me/app'))
    }).toThrow(inUse)
    expect(() => {
      refuse([{ path: '/home/me', writable: false }, ...current.slice(1)], bound('/home/me'))
    }).toThrow(inUse)
    for (const state of ['paused', 'restarting'] as const)
      expect(() => {
        refuse(current.slice(1), bound('/home/me/app', state))
      }).toThrow(inUse)
  })

  it('does not prevent changes of other folders', () => {
    expect(() => {
      refuse(current.slice(0, 1), bound('/home/me/app'))
      refuse([...current, { path: '/opt', writable: true }], bound('/home/me/app'))
      refuse([], bound('/home/me/app', 'exited'), bound('/home/melon'), container('other', []))
    }).not.toThrow()
  })
})
