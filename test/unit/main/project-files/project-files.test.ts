import { execFileSync } from 'node:child_process'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectFiles } from '../../../../src/main/project-files/project-files'
import { resolveLinks } from '../../../../src/main/mounts/host-links'
import { sharedFile } from '../../../../src/main/mounts/shared-file'
import { projectFileLimit } from '../../../../src/shared/project-files'
import { silentLog } from '../../../support/fake-services'

let root = ''
let writable = true
const built = new Set<string>()
let files: ProjectFiles
const place = (name: string) => join(root, 'app', name)

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'berth-project-files-')))
  await mkdir(join(root, 'app'))
  writable = true
  const find = (written: string) =>
    sharedFile(written, {
      platform: process.platform,
      ownFolder: join(root, 'berth'),
      sharedFolders: [{ path: join(root, 'app'), writable }],
      resolveLinks,
    })
  files = new ProjectFiles({
    mounts: { sharedFile: find },
    isDockerfileOfBuild: (path) => built.has(path),
    log: silentLog,
  })
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

const text = '# the web server\nservices:\r\n  web: { image: "웹" } # 😀\n'

describe('the list of a folder', () => {
  async function listed(folder: string) {
    const { value } = await files.list(folder, new AbortController().signal).next()
    return value ?? []
  }

  it('is sent again when a file of the project appears or disappears, and for no other reason', async () => {
    await writeFile(place('compose.yaml'), '')
    const leaving = new AbortController()
    const lists = files.list(join(root, 'app'), leaving.signal)
    const next = async () => (await lists.next()).value?.map(({ name }) => name)
    expect(await next()).toEqual(['compose.yaml'])
    await writeFile(place('notes.txt'), '')
    await writeFile(place('compose.yaml'), 'services: {}')
    await writeFile(place('.env'), '')
    expect(await next()).toEqual(['.env', 'compose.yaml'])
    await rm(place('compose.yaml'))
    expect(await next()).toEqual(['.env'])
    const end = lists.next()
    leaving.abort()
    expect(await end).toEqual({ done: true, value: undefined })
  })

  it('has the compose files, files with variables and Dockerfiles, and nothing else', async () => {
    const names = [
      ...['compose.yaml', 'compose.override.yml', 'docker-compose.yml', 'docker-compose-prod.yaml'],
      ...['.env', '.env.local', 'db.env', 'Dockerfile', 'Dockerfile.dev', 'web.dockerfile', 'Containerfile'],
      ...[
        'id_rsa',
        'README.md',
        'openapi.yaml',
        'mycompose.yaml',
        'environment',
        '.envrc',
        'compose.yaml.bak',
      ],
    ]
    for (const name of names) await writeFile(place(name), '')
    await mkdir(place('folder.env'))
    const found = await listed(join(root, 'app'))
    expect(found.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'env .env',
      'env .env.local',
      'compose compose.override.yml',
      'compose compose.yaml',
      'dockerfile Containerfile',
      'env db.env',
      'compose docker-compose-prod.yaml',
      'compose docker-compose.yml',
      'dockerfile Dockerfile',
      'dockerfile Dockerfile.dev',
      'dockerfile web.dockerfile',
    ])
    expect(found[0]?.path).toBe(place('.env'))
  })

  it('fails for a missing folder, a file and a folder that is not shared', async () => {
    await writeFile(place('compose.yaml'), '')
    await expect(listed(place('missing'))).rejects.toMatchObject({ code: 'files.not-found' })
    await expect(listed(place('compose.yaml'))).rejects.toMatchObject({ code: 'files.not-a-folder' })
    await expect(listed(root)).rejects.toMatchObject({ code: 'mounts.not-shared' })
  })
})

describe('a file', () => {
  it('is read as it is, with comments, line ends and a byte order mark', async () => {
    await writeFile(place('compose.yaml'), `\uFEFF${text}`)
    expect(await files.read(place('compose.yaml'))).toMatchObject({ text: `\uFEFF${text}`, writable: true })
  })

  it.each([
    ['a file that is not there', 'compose.yaml', () => Promise.resolve(), 'files.not-found'],
    ['a folder', 'compose.yaml', () => mkdir(place('compose.yaml')), 'files.is-a-folder'],
    ['Latin-1', '.env', () => writeFile(place('.env'), Buffer.from([0x41, 0xe9])), 'compose-file.not-text'],
    ['a file with a zero byte', '.env', () => writeFile(place('.env'), 'A\0'), 'compose-file.not-text'],
    [
      'a file over the limit',
      'compose.yaml',
      () => writeFile(place('compose.yaml'), '#'.repeat(projectFileLimit + 1)),
      'compose-file.too-large',
    ],
    [
      'a pipe',
      'compose.yaml',
      () => Promise.resolve(execFileSync('mkfifo', [place('compose.yaml')])),
      'files.not-a-file',
    ],
    [
      'a link to a file of another kind',
      'compose.yaml',
      async () => {
        await writeFile(place('id_rsa'), 'key')
        await symlink('id_rsa', place('compose.yaml'))
      },
      'compose-file.other-kind',
    ],
    [
      'a link out of the shared folder',
      'compose.yaml',
      async () => {
        await writeFile(join(root, 'secret.yaml'), 'key')
        await symlink('../secret.yaml', place('compose.yaml'))
      },
      'mounts.link-not-shared',
    ],
    ['a path out of the shared folder', '../compose.yaml', () => Promise.resolve(), 'mounts.not-shared'],
  ])('is refused: %s', async (_title, name, prepare, code) => {
    await prepare()
    await expect(files.read(`${root}/app/${name}`)).rejects.toMatchObject({ code })
  })
})

describe('the Dockerfile of a build outside of the shared folders', () => {
  it('is read and saved, but not its neighbours, nor a link of its name to another kind of file', async () => {
    const path = join(root, 'Dockerfile')
    await writeFile(path, 'FROM a')
    await expect(files.read(path)).rejects.toMatchObject({ code: 'mounts.not-shared' })
    built.add(path)
    const { version, writable } = await files.read(path)
    expect(writable).toBe(true)
    await files.save(path, { text: 'FROM b', version })
    expect(await readFile(path, 'utf8')).toBe('FROM b')
    await writeFile(join(root, 'Dockerfile.other'), '')
    await expect(files.read(join(root, 'Dockerfile.other'))).rejects.toMatchObject({
      code: 'mounts.not-shared',
    })
    await rm(path)
    await expect(files.read(path)).rejects.toMatchObject({ code: 'files.not-found' })
    await writeFile(join(root, 'id_rsa'), 'key')
    await symlink('id_rsa', path)
    await expect(files.read(path)).rejects.toMatchObject({ code: 'compose-file.other-kind' })
  })
})

describe('a save', () => {
  async function opened(name = 'compose.yaml') {
    await writeFile(place(name), text)
    return files.read(place(name))
  }

  it('replaces the text, keeps the mode and leaves nothing beside the file', async () => {
    const { version } = await opened()
    await chmod(place('compose.yaml'), 0o640)
    const saved = await files.save(place('compose.yaml'), { text: `${text}# 끝\n`, version })
    expect(await readFile(place('compose.yaml'), 'utf8')).toBe(`${text}# 끝\n`)
    expect((await stat(place('compose.yaml'))).mode & 0o777).toBe(0o640)
    expect(await readdir(join(root, 'app'))).toEqual(['compose.yaml'])
    expect(saved.version).toBe((await files.read(place('compose.yaml'))).version)
  })

  it('is refused if the file has changed or is gone, and changes nothing', async () => {
    const { version } = await opened()
    await writeFile(place('compose.yaml'), 'services: { theirs: {} }')
    await expect(files.save(place('compose.yaml'), { text: 'mine', version })).rejects.toMatchObject({
      code: 'compose-file.changed',
    })
    expect(await readFile(place('compose.yaml'), 'utf8')).toBe('services: { theirs: {} }')
    await rm(place('compose.yaml'))
    await expect(files.save(place('compose.yaml'), { text: 'mine', version })).rejects.toMatchObject({
      code: 'files.not-found',
    })
    expect(await readdir(join(root, 'app'))).toEqual([])
  })

  it('of the same version succeeds only once', async () => {
    const { version } = await opened()
    const both = await Promise.allSettled(
      ['one', 'two'].map((mine) => files.save(place('compose.yaml'), { text: mine, version })),
    )
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(await readFile(place('compose.yaml'), 'utf8')).toBe('one')
  })

  it('is refused in a folder that is shared read-only', async () => {
    const { version } = await opened()
    writable = false
    expect(await files.read(place('compose.yaml'))).toMatchObject({ writable: false })
    await expect(files.save(place('compose.yaml'), { text: 'mine', version })).rejects.toMatchObject({
      code: 'compose-file.read-only',
    })
    expect(await readFile(place('compose.yaml'), 'utf8')).toBe(text)
  })

  it('is refused if the text has more bytes than a file may have', async () => {
    const { version } = await opened()
    const large = '웹'.repeat(projectFileLimit / 2)
    await expect(files.save(place('compose.yaml'), { text: large, version })).rejects.toMatchObject({
      code: 'compose-file.too-large',
    })
  })

  it('through a link inside the shared folder changes the link’s target', async () => {
    await opened('base.yml')
    await symlink('base.yml', place('compose.yaml'))
    const { version } = await files.read(place('compose.yaml'))
    await files.save(place('compose.yaml'), { text: 'new', version })
    expect(await readFile(place('base.yml'), 'utf8')).toBe('new')
    expect(await realpath(place('compose.yaml'))).toBe(place('base.yml'))
  })
})

describe('a watched file', () => {
  it('reports its version now, after a change, after its removal and when it is back', async () => {
    await writeFile(place('compose.yaml'), 'one')
    const versionOf = async () => (await files.read(place('compose.yaml'))).version
    const leaving = new AbortController()
    const seen = files.watch(place('compose.yaml'), leaving.signal)
    const next = async () => (await seen.next()).value?.version
    expect(await next()).toBe(await versionOf())
    await writeFile(place('new'), 'two')
    await rename(place('new'), place('compose.yaml'))
    expect(await next()).toBe(await versionOf())
    await rm(place('compose.yaml'))
    expect(await next()).toBeNull()
    await writeFile(place('new'), 'three')
    await rename(place('new'), place('compose.yaml'))
    expect(await next()).toBe(await versionOf())
    const end = seen.next()
    leaving.abort()
    expect(await end).toEqual({ done: true, value: undefined })
  })
})
