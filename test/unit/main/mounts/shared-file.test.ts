import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveLinks } from '../../../../src/main/mounts/host-links'
import { sharedFile } from '../../../../src/main/mounts/shared-file'
import { BerthError } from '../../../../src/shared/errors'

const asWritten = (path: string) => Promise.resolve(path)

describe('a file in a shared folder, by its text', () => {
  const mac = {
    platform: 'darwin' as const,
    ownFolder: '/Users/me/Library/Application Support/Berth',
    sharedFolders: [
      { path: '/Users/me', writable: true },
      { path: '/tmp', writable: false },
    ],
    resolveLinks: asWritten,
  }
  const windows = {
    platform: 'win32' as const,
    ownFolder: 'C:\\Users\\me\\AppData\\Local\\Berth',
    sharedFolders: [{ path: 'C:\\Users\\me', writable: true }],
    resolveLinks: asWritten,
  }

  it.each([
    [mac, '/Users/me/app/compose.yaml', { path: '/Users/me/app/compose.yaml', writable: true }],
    [mac, '/users/ME/compose.yaml', { path: '/users/ME/compose.yaml', writable: true }],
    [mac, '/tmp/compose.yaml', { path: '/private/tmp/compose.yaml', writable: false }],
    [mac, '/Users/me/a/../b/.env', { path: '/Users/me/b/.env', writable: true }],
    [windows, 'c:\\users\\me\\compose.yaml', { path: 'C:\\users\\me\\compose.yaml', writable: true }],
    [windows, '/c/Users/me/compose.yaml', { path: 'C:\\Users\\me\\compose.yaml', writable: true }],
  ])('is found', async (context, written, found) => {
    expect(await sharedFile(written, context)).toEqual(found)
  })

  it.each([
    [mac, '/Users/other/compose.yaml', 'mounts.not-shared'],
    [mac, '/Users/me/../other/compose.yaml', 'mounts.not-shared'],
    [mac, '/Users/mean/compose.yaml', 'mounts.not-shared'],
    [mac, '/etc/docker/compose.yaml', 'mounts.not-shared'],
    [mac, '/dev/compose.yaml', 'mounts.not-shared'],
    [mac, 'compose.yaml', 'mounts.not-absolute'],
    [mac, '~/compose.yaml', 'mounts.not-absolute'],
    [mac, '/Users/me/Library/Application Support/Berth/x.yaml', 'mounts.own-folder'],
    [mac, '/USERS/me/library/application support/BERTH/x.yaml', 'mounts.own-folder'],
    [windows, 'C:\\Windows\\compose.yaml', 'mounts.not-shared'],
    [windows, 'C:\\Users\\me\\..\\other\\compose.yaml', 'mounts.not-shared'],
    [windows, '\\\\server\\share\\compose.yaml', 'mounts.network-path'],
    [windows, '\\\\.\\pipe\\compose.yaml', 'mounts.network-path'],
    [windows, 'C:\\Users\\me\\AppData\\Local\\berth\\x.yaml', 'mounts.own-folder'],
  ])('is refused: %#', async (context, written, code) => {
    await expect(sharedFile(written, context)).rejects.toMatchObject({ code })
  })

  it('is refused with the problem of its folder, and nothing in this folder is looked up', async () => {
    const problem = new BerthError('mounts.folder-missing', { path: '/Volumes/usb' }).toData()
    const context = {
      ...mac,
      sharedFolders: [{ path: '/Volumes/usb', writable: true, problem }],
      resolveLinks: () => Promise.reject(new Error('looked up')),
    }
    await expect(sharedFile('/Volumes/usb/compose.yaml', context)).rejects.toMatchObject({
      code: 'mounts.folder-missing',
    })
  })
})

describe('symbolic links', () => {
  let root = ''
  const context = () => ({
    platform: process.platform,
    ownFolder: join(root, 'shared/berth'),
    sharedFolders: [{ path: join(root, 'shared'), writable: true }],
    resolveLinks,
  })
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'berth-shared-file-')))
    for (const folder of ['shared/app', 'shared/berth', 'secret'])
      await mkdir(join(root, folder), { recursive: true })
    await writeFile(join(root, 'secret/compose.yaml'), '')
    await writeFile(join(root, 'shared/app/compose.yaml'), '')
    await writeFile(join(root, 'shared/berth/keys.yaml'), '')
  })
  afterEach(async () => {
    await rm(root, { recursive: true })
  })

  it('inside the shared folder are followed', async () => {
    await symlink('app/compose.yaml', join(root, 'shared/link.yaml'))
    expect(await sharedFile(join(root, 'shared/link.yaml'), context())).toEqual({
      path: join(root, 'shared/app/compose.yaml'),
      writable: true,
    })
  })

  it.each([
    ['shared/out.yaml', '../secret/compose.yaml', 'shared/out.yaml', 'mounts.link-not-shared'],
    ['shared/out', '../secret', 'shared/out/compose.yaml', 'mounts.link-not-shared'],
    ['shared/out', '../secret', 'shared/out/new.yaml', 'mounts.link-not-shared'],
    ['shared/own', 'berth', 'shared/own/keys.yaml', 'mounts.own-folder'],
    ['shared/lost.yaml', '../missing/compose.yaml', 'shared/lost.yaml', 'mounts.broken-link'],
  ])('%s to %s are refused', async (link, target, written, code) => {
    await symlink(target, join(root, link))
    await expect(sharedFile(join(root, written), context())).rejects.toMatchObject({ code })
  })

  it('to the own folder’s own path are seen through', async () => {
    await symlink('shared/berth', join(root, 'home'))
    const linked = { ...context(), ownFolder: join(root, 'home') }
    await expect(sharedFile(join(root, 'shared/berth/keys.yaml'), linked)).rejects.toMatchObject({
      code: 'mounts.own-folder',
    })
  })

  it('out of the shared folder lead to an offer to share the target’s folder', async () => {
    await symlink('../secret', join(root, 'shared/out'))
    const offers: unknown[] = []
    const written = join(root, 'shared/out/compose.yaml')
    const offering = { ...context(), onRefused: (offer: unknown) => offers.push(offer) }
    await expect(sharedFile(written, offering)).rejects.toMatchObject({ code: 'mounts.link-not-shared' })
    expect(offers).toEqual([{ path: written, folder: join(root, 'secret') }])
  })

  it('on the way to the shared folder itself do no harm', async () => {
    await symlink('shared', join(root, 'alias'))
    const linked = { ...context(), sharedFolders: [{ path: join(root, 'alias'), writable: true }] }
    expect(await sharedFile(join(root, 'alias/app/compose.yaml'), linked)).toEqual({
      path: join(root, 'shared/app/compose.yaml'),
      writable: true,
    })
  })
})
