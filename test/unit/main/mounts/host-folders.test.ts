import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HostFolders, type HostFoldersOptions } from '../../../../src/main/mounts/host-folders'
import { hostEntryLimit } from '../../../../src/shared/host-folders'

describe('the folders of this computer', () => {
  let home: string
  let folders: HostFolders
  const open = (options: Partial<HostFoldersOptions> = {}) =>
    new HostFolders({
      platform: process.platform,
      homeFolder: home,
      ownFolder: join(home, 'berth'),
      sharedFolders: () => [],
      ...options,
    })
  const request = { path: '', prefix: '', hidden: false, files: true }

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'berth-folders-')))
    for (const name of ['app 10', 'app 9', '.config', 'berth']) await mkdir(join(home, name))
    await writeFile(join(home, 'Notes.txt'), '')
    folders = open()
    // Only a drive that does not answer may be late, however slow the real file system is.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(home, { recursive: true, force: true })
  })

  /** Ends the waits for a drive that does not answer. No look at another folder may be under way. */
  const driveIsLate = async <T>(looking: Promise<T>) => {
    await vi.advanceTimersByTimeAsync(60_000)
    return looking
  }

  it('are listed from the home folder: folders first, numbers in order, hidden ones only counted', async () => {
    const found = await folders.list(request)
    expect(found).toMatchObject({ path: home, share: 'none', hidden: 1, total: 4 })
    expect(found.entries.map(({ name, isFolder }) => [name, isFolder])).toEqual([
      ['app 9', true],
      ['app 10', true],
      ['berth', true],
      ['Notes.txt', false],
    ])
    const names = async (change: Partial<typeof request>) =>
      (await folders.list({ ...request, ...change })).entries.map(({ name }) => name)
    expect(await names({ hidden: true, files: false })).toEqual(['.config', 'app 9', 'app 10', 'berth'])
    expect(await names({ prefix: 'APP 1' })).toEqual(['app 10'])
    expect(await names({ prefix: '.' })).toEqual(['.config'])
    expect(await names({ path: '~/app 9/..', prefix: 'no' })).toEqual(['Notes.txt'])
  })

  it('are completed up to a limit, and the answer says how many there are', async () => {
    const many = Array.from({ length: hostEntryLimit + 20 }, (_, index) => ({
      name: `n${String(index)}`,
      kind: 'folder' as const,
    }))
    const { entries, total } = await open({ readNames: () => Promise.resolve(many) }).list(request)
    expect([entries.length, total]).toEqual([hostEntryLimit, hostEntryLimit + 20])
    expect(entries[0]?.name).toBe('n0')
  })

  it('behind symbolic links are folders, and broken links are files', async () => {
    await symlink(join(home, 'app 9'), join(home, 'link'))
    await symlink('/nowhere', join(home, 'broken'))
    const { entries } = await folders.list(request)
    const kind = (name: string) => entries.find((entry) => entry.name === name)?.isFolder
    expect([kind('link'), kind('broken')]).toEqual([true, false])
    const withoutFiles = await folders.list({ ...request, files: false })
    expect(withoutFiles.entries.map(({ name }) => name)).not.toContain('broken')
  })

  it('say how containers can use them, also through a link', async () => {
    const shared = (name: string, writable: boolean) => {
      const path = join(home, name)
      return { path, guestPath: path, writable }
    }
    await symlink(join(home, 'app 9'), join(home, 'link'))
    await mkdir(join(home, 'app 9', 'src'))
    const sharing = open({ sharedFolders: () => [shared('app 9', false), shared('app 10', true)] })
    const { share, entries } = await sharing.list(request)
    const marks = Object.fromEntries(entries.map((entry) => [entry.name, entry.share]))
    expect(share).toBe('none')
    expect(marks).toMatchObject({ 'app 9': 'read-only', 'app 10': 'writable', berth: 'own' })
    const shareOf = async (path: string) => (await sharing.list({ ...request, path })).share
    expect(await shareOf(join(home, 'app 9', 'src'))).toBe('read-only')
    expect(await shareOf(join(home, 'link', 'src'))).toBe('read-only')
    expect(await shareOf(join(home, 'berth'))).toBe('own')
    const broken = {
      ...shared('app 10', true),
      problem: { code: 'mounts.folder-missing' as const, params: {} },
    }
    const without = await open({ sharedFolders: () => [broken] }).list({
      ...request,
      path: join(home, 'app 10'),
    })
    expect(without.share).toBe('none')
  })

  it.each([
    ['a path that is not full', 'app', 'mounts.not-absolute'],
    ['another computer', '\\\\server\\share', 'mounts.network-path'],
    ['a missing folder', '/no/such/folder', 'files.not-found'],
    ['a file', '~/Notes.txt', 'files.not-a-folder'],
  ])('are refused: %s', async (_case, path, code) => {
    await expect(folders.list({ ...request, path })).rejects.toMatchObject({ code })
  })

  it.skipIf(process.getuid?.() === 0)('without permission are refused', async () => {
    await chmod(join(home, 'app 9'), 0)
    await expect(folders.list({ ...request, path: '~/app 9' })).rejects.toMatchObject({
      code: 'files.not-allowed',
    })
    await chmod(join(home, 'app 9'), 0o700)
  })

  it('on a drive that does not answer block nothing else, and are not looked at again meanwhile', async () => {
    let looks = 0
    let answer: () => void = () => undefined
    const hanging = open({
      readNames: (path) => {
        if (!path.startsWith('/dead')) return Promise.resolve([])
        looks += 1
        return new Promise((resolve) => {
          answer = () => {
            resolve([])
          }
        })
      },
    })
    const refused = (path: string) =>
      expect(hanging.list({ ...request, path })).rejects.toMatchObject({
        code: 'host-folder.no-answer',
        params: { path },
      })
    await driveIsLate(refused('/dead'))
    await refused('/dead')
    await refused('/dead/below')
    expect(looks).toBe(1)
    expect(await hanging.list({ ...request, path: home })).toMatchObject({ path: home })
    answer()
    await vi.waitFor(async () => {
      await driveIsLate(refused('/dead'))
      expect(looks).toBe(2)
    })
  })

  it('on a silent drive take one thread, even if the user asks for many of them at once', async () => {
    let looks = 0
    const hanging = open({
      readNames: () => {
        looks += 1
        return new Promise(() => undefined)
      },
    })
    const asked = ['/dead', '/dead', '/dead/below', '/dead'].map((path) => hanging.list({ ...request, path }))
    for (const { status } of await driveIsLate(Promise.allSettled(asked))) expect(status).toBe('rejected')
    expect(looks).toBe(1)
  })

  it('with paths of Windows have drives, and names that Windows allows', async () => {
    const windows = open({
      platform: 'win32',
      homeFolder: 'C:\\Users\\me',
      readNames: () => Promise.resolve([{ name: 'app', kind: 'folder' }]),
    })
    const listed = (path: string) => windows.list({ ...request, path })
    expect(await listed('~')).toMatchObject({ path: 'C:\\Users\\me', parent: 'C:\\Users' })
    expect(await listed('d:')).toMatchObject({ path: 'D:\\', parent: null, entries: [{ path: 'D:\\app' }] })
    expect(await listed('/c/Users/')).toMatchObject({ path: 'C:\\Users' })
    for (const name of ['con', 'NUL.txt', 'a:b', 'end.', 'a\\b', '..'])
      await expect(windows.create('C:\\', name)).rejects.toMatchObject({ code: 'host-folder.name' })
  })

  it('can be made, but neither twice nor in Berth’s own folder', async () => {
    expect(await folders.create('~/app 9', 'new 새')).toBe(join(home, 'app 9', 'new 새'))
    const refused = (parent: string, name: string) => expect(folders.create(parent, name)).rejects
    await refused('~/app 9', 'new 새').toMatchObject({ code: 'files.exists' })
    await refused('~/missing', 'x').toMatchObject({ code: 'files.not-found' })
    await refused('~/berth', 'x').toMatchObject({ code: 'mounts.own-folder' })
    await refused('~', '../x').toMatchObject({ code: 'host-folder.name' })
  })
})
