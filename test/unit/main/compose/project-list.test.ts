import { EventEmitter, once } from 'node:events'
import fs, { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProjectList } from '../../../../src/main/compose/project-list'
import type { BindContext } from '../../../../src/main/mounts'
import { composeLabels } from '../../../../src/shared/compose'
import { silentLog } from '../../../support/fake-services'

describe('ProjectList', () => {
  let root: string
  let shared: string
  let state: EventEmitter & { containers: Map<string, never> }
  let mounts: EventEmitter & { bindContext: BindContext; hostPath: (path: string) => string }
  let list: ProjectList
  let offers: number

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'berth-projects-')))
    shared = join(root, 'shared')
    await mkdir(shared)
    offers = 0
    state = Object.assign(new EventEmitter(), { containers: new Map<string, never>() })
    mounts = Object.assign(new EventEmitter(), {
      bindContext: {
        platform: 'linux' as const,
        homeFolder: root,
        ownFolder: join(root, 'own'),
        sharedFolders: [{ path: shared }],
        resolveLinks: (path: string) => Promise.resolve(path),
        onRefused: () => {
          offers += 1
        },
      },
      hostPath: (path: string) => path,
    })
    list = open()
  })
  afterEach(async () => {
    await list.refresh()
    vi.restoreAllMocks()
    syncBuiltinESMExports()
    await rm(root, { recursive: true })
  })

  /** Returns a function that lists the paths that Berth looks up from now on. */
  function recordLooks(): () => string[] {
    const spies = (['lstat', 'readlink', 'realpath', 'stat'] as const).map((call) => vi.spyOn(fs, call))
    syncBuiltinESMExports()
    return () => spies.flatMap((spy) => spy.mock.calls.map(([path]) => String(path)))
  }

  function open(): ProjectList {
    return new ProjectList({
      home: root,
      log: silentLog,
      state,
      mounts,
    })
  }
  async function folderWith(name: string, ...files: string[]): Promise<string> {
    const folder = join(shared, name)
    await mkdir(folder)
    for (const file of files) await writeFile(join(folder, file), '')
    return folder
  }
  function container(id: string, labels: Record<string, string>): void {
    state.emit('change', { type: 'container', container: { id, labels } })
  }
  const labelsOf = (name: string, folder: string, ...files: string[]) => ({
    [composeLabels.project]: name,
    [composeLabels.folder]: folder,
    [composeLabels.files]: files.map((file) => join(folder, file)).join(','),
  })
  async function add(path: string, name: string): Promise<void> {
    await list.add(name, await list.filesAt(path))
  }

  it('finds projects by the labels of containers, and loses them with the last container', async () => {
    const folder = await folderWith('shop', 'compose.yaml')
    container('1', labelsOf('shop', folder, 'compose.yaml'))
    await once(list, 'change')
    container('2', { ...labelsOf('shop', folder, 'compose.yaml'), other: 'label' })
    container('3', {})
    expect(list.all).toEqual([
      {
        name: 'shop',
        folder,
        files: [join(folder, 'compose.yaml')],
        includes: [],
        envFiles: [],
        profiles: [],
        opened: false,
        problem: null,
      },
    ])
    expect(list.hasContainers('shop')).toBe(true)
    for (const id of ['1', '2']) state.emit('change', { type: 'container-removed', id })
    await once(list, 'change')
    expect(list.all).toEqual([])
  })

  it('says why the files of a project cannot be used, without an offer to share its folder', async () => {
    await mkdir(join(root, 'private'))
    await writeFile(join(root, 'private', 'compose.yaml'), '')
    container('1', labelsOf('away', join(root, 'private'), 'compose.yaml'))
    container('2', labelsOf('gone', shared, 'compose.yaml'))
    container('3', { [composeLabels.project]: 'old' })
    container('4', labelsOf('<b>‮__proto__', shared, 'compose.yaml'))
    await list.refresh()
    expect(Object.fromEntries(list.all.map(({ name, problem }) => [name, problem?.code]))).toEqual({
      away: 'mounts.not-shared',
      gone: 'compose.file-missing',
      old: 'compose.files-unknown',
      '<b>‮__proto__': 'compose.name-invalid',
    })
    expect(offers).toBe(0)
  })

  it.each([
    ['win32', String.raw`\\evil\s`, 'mounts.network-path'],
    ['win32', '//evil/s', 'mounts.not-shared'],
    ['win32', '//c/evil', 'mounts.not-shared'],
    ['win32', String.raw`/\evil\s`, 'mounts.not-shared'],
    ['linux', '/net/evil/s', 'mounts.not-shared'],
  ] as const)('on %s, looks up nothing at the path %s that a label names', async (platform, path, code) => {
    mounts.bindContext = { ...mounts.bindContext, platform }
    await list.refresh()
    const looks = recordLooks()
    container('1', { [composeLabels.project]: 'folder', [composeLabels.folder]: path })
    container('2', { ...labelsOf('file', shared), [composeLabels.files]: path })
    container('3', { ...labelsOf('env', shared), [composeLabels.envFiles]: path })
    container('4', labelsOf('usual', shared))
    await list.refresh()
    expect(looks()).toContain(join(shared, 'compose.yaml'))
    expect(looks().filter((look) => !look.startsWith(shared))).toEqual([])
    expect(list.get('folder')).toMatchObject({ folder: path, files: [], problem: { code } })
    expect(list.watchedFiles('folder')).toEqual([])
    expect(list.watchedFiles('file').filter((file) => !file.startsWith(shared))).toEqual([])
    if (platform !== 'win32') expect(list.get('file').problem?.code).toBe(code)
    const setup = { files: [path], envFiles: [], profiles: [] }
    await expect(list.configure('folder', setup)).rejects.toMatchObject({ code })
    expect(looks().filter((look) => !look.startsWith(shared))).toEqual([])
  })

  it('looks up nothing behind a link that leads out of the shared folders', async () => {
    await folderWith('shop', 'compose.yaml')
    await symlink('/net/evil/s', join(shared, 'out'))
    await symlink('shop', join(shared, 'in'))
    await list.refresh()
    const looks = recordLooks()
    container('1', labelsOf('out', join(shared, 'out'), 'compose.yaml'))
    container('2', labelsOf('in', join(shared, 'in'), 'compose.yaml'))
    await list.refresh()
    expect(looks()).toContain(join(shared, 'shop', 'compose.yaml'))
    expect(looks().filter((look) => !look.startsWith(shared))).toEqual([])
    expect(looks().filter((look) => look.startsWith(join(shared, 'out', 'compose.yaml')))).toEqual([])
    expect(list.get('out').problem?.code).toBe('mounts.link-not-shared')
    expect(list.get('in').problem).toBeNull()
    expect(list.watchedFiles('in')).toEqual([
      join(shared, 'shop', '.env'),
      join(shared, 'shop', 'compose.yaml'),
    ])
  })

  it('makes no socket and no file available in the machine because a label names it', async () => {
    const offered: string[] = []
    mounts.bindContext = {
      ...mounts.bindContext,
      fileCopies: {
        copy: (path) => {
          offered.push(path)
          return Promise.resolve(path)
        },
      },
      sockets: {
        isAgent: () => false,
        offerAgent: () => Promise.resolve(''),
        offer: (path) => {
          offered.push(path)
          return Promise.resolve(true)
        },
      },
    }
    container('1', { ...labelsOf('shop', shared), [composeLabels.files]: '/etc/passwd,/run/agent' })
    await list.refresh()
    expect(list.get('shop').problem?.code).toBe('mounts.not-shared')
    expect(offered).toEqual([])
  })

  it('leaves out the file with which Berth itself has replaced places', async () => {
    const folder = await folderWith('shop', 'compose.yaml')
    const labels = labelsOf('shop', folder, 'compose.yaml')
    const files = `${labels[composeLabels.files]},/run/berth/compose/1/override.json`
    container('1', { ...labels, [composeLabels.files]: files })
    await list.refresh()
    expect(list.get('shop').files).toEqual([join(folder, 'compose.yaml')])
  })

  it('opens the file that compose would choose in a folder, with its override file', async () => {
    const folder = await folderWith('shop', 'docker-compose.yml', 'compose.yml', 'compose.override.yml')
    await symlink(folder, join(root, 'link'))
    await add(join(root, 'link'), 'shop')
    expect(list.get('shop')).toMatchObject({
      folder,
      files: [join(folder, 'compose.yml'), join(folder, 'compose.override.yml')],
      opened: true,
    })
    await writeFile(join(folder, 'compose.yaml'), '')
    await list.refresh()
    expect(list.get('shop').files[0]).toBe(join(folder, 'compose.yaml'))
  })

  it('follows the files that its files include or extend, in shared folders only', async () => {
    const folder = await folderWith('shop', 'common.yaml')
    for (const made of [join(folder, 'db'), join(root, 'private')]) await mkdir(made)
    await writeFile(join(folder, 'db', 'base.yaml'), '')
    await writeFile(join(root, 'private', 'compose.yaml'), 'include: [../shared/shop/common.yaml]\n')
    await writeFile(
      join(folder, 'compose.yaml'),
      `include:
  - db/compose.yaml
  - path: ../../private/compose.yaml
  - oci://registry/app
  - \${ELSEWHERE}/compose.yaml
services: { web: { extends: { file: common.yaml, service: web } }, other: { extends: web } }
`,
    )
    await writeFile(
      join(folder, 'db', 'compose.yaml'),
      'include: [compose.yaml]\nservices: { db: { extends: { file: ./base.yaml, service: db } } }\n',
    )
    await add(folder, 'shop')
    const included = ['db/compose.yaml', 'common.yaml', 'db/base.yaml'].map((file) => join(folder, file))
    expect(list.get('shop').includes).toEqual(included)
    expect(list.watchedFiles('shop')).toEqual(expect.arrayContaining(included))
    expect(list.watchedFiles('shop').join()).not.toContain('private')
    await writeFile(join(folder, 'compose.yaml'), '- no compose file\n')
    await list.refresh()
    expect(list.get('shop').includes).toEqual([])
  })

  it('opens a single file of any name', async () => {
    const folder = await folderWith('shop', 'prod.yaml')
    expect(await list.filesAt(join(folder, 'prod.yaml'))).toEqual({
      folder,
      files: [join(folder, 'prod.yaml')],
    })
  })

  it('refuses paths without a compose file', async () => {
    const folder = await folderWith('empty')
    await expect(list.filesAt(folder)).rejects.toMatchObject({ code: 'compose.no-file' })
    await expect(list.filesAt(join(folder, 'x'))).rejects.toMatchObject({ code: 'compose.path-missing' })
    await expect(list.filesAt('shop')).rejects.toMatchObject({ code: 'mounts.not-absolute' })
  })

  it('keeps opened projects after Berth has started again, and forgets them on request', async () => {
    await add(await folderWith('shop', 'compose.yaml'), 'shop')
    list = open()
    await once(list, 'change')
    expect(list.get('shop').opened).toBe(true)
    await list.forget('shop')
    expect(list.all).toEqual([])
    expect(JSON.parse(await readFile(join(root, 'compose-projects.json'), 'utf8'))).toEqual([])
    expect(() => list.get('shop')).toThrow('shop')
  })

  it('refuses a second folder for a name, because compose would mix the projects', async () => {
    const folder = await folderWith('shop', 'compose.yaml')
    await add(folder, 'shop')
    await expect(add(await folderWith('other', 'compose.yaml'), 'shop')).rejects.toMatchObject({
      code: 'compose.name-taken',
      params: { folder },
    })
    await add(folder, 'shop')
    expect(list.all).toHaveLength(1)
  })

  it('applies the user’s choice of files only to containers of the same folder', async () => {
    const folder = await folderWith('shop', 'compose.yaml', 'prod.yaml', 'a.env')
    await add(folder, 'shop')
    const files = [join(folder, 'prod.yaml')]
    await list.configure('shop', { files, envFiles: [join(folder, 'a.env')], profiles: ['dev'] })
    container('1', labelsOf('shop', folder, 'compose.yaml'))
    await list.refresh()
    expect(list.get('shop')).toMatchObject({ files, profiles: ['dev'], opened: true })
    const other = await folderWith('other', 'compose.yaml')
    state.emit('change', { type: 'container-removed', id: '1' })
    container('2', labelsOf('shop', other, 'compose.yaml'))
    await list.refresh()
    expect(list.get('shop')).toMatchObject({ folder: other, profiles: [], opened: false })
  })

  it('refuses files that do not exist, and then changes nothing', async () => {
    const folder = await folderWith('shop', 'compose.yaml')
    await add(folder, 'shop')
    const setup = { files: [join(folder, 'absent.yaml')], envFiles: [], profiles: [] }
    await expect(list.configure('shop', setup)).rejects.toMatchObject({ code: 'compose.file-missing' })
    expect(list.get('shop').files).toEqual([join(folder, 'compose.yaml')])
  })
})
