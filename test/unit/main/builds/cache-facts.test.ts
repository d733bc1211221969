import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  argumentFacts,
  type CacheFacts,
  changedFiles,
  contextFacts,
} from '../../../../src/main/builds/cache-facts'
import { CacheMemory } from '../../../../src/main/builds/cache-memory'
import { IgnoreRules } from '../../../../src/main/builds/dockerignore'
import { silentLog } from '../../../support/fake-services'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-facts-'))
})
afterEach(() => rm(folder, { recursive: true }))

const signal = new AbortController().signal
const listed = () => contextFacts({ folder, rules: IgnoreRules.parse('lost', ''), signal }, [])

describe('the files of a build', () => {
  it('have changed if their content has, and not if only their time has', async () => {
    await mkdir(join(folder, 'src'))
    for (const name of ['src/same', 'src/other', 'gone', 'lost']) await writeFile(join(folder, name), 'one')
    await symlink('src', join(folder, 'link'))
    const before = await listed()
    await utimes(join(folder, 'src/same'), 1, 1)
    await writeFile(join(folder, 'src/other'), 'two')
    await writeFile(join(folder, 'lost'), 'two')
    await writeFile(join(folder, 'new'), '')
    await rm(join(folder, 'gone'))
    await rm(join(folder, 'link'))
    await symlink('new', join(folder, 'link'))
    expect(changedFiles(before ?? [], (await listed()) ?? [])).toEqual(['link', 'new', 'src/other', 'gone'])
  })

  it('include the folders, of which only the permissions count', async () => {
    for (const name of ['open', 'same', 'gone']) await mkdir(join(folder, name), { mode: 0o755 })
    const before = (await listed()) ?? []
    expect(before.map(({ path, kind }) => [path, kind])).toEqual([
      ['gone', 'folder'],
      ['open', 'folder'],
      ['same', 'folder'],
    ])
    if (process.platform !== 'win32') await chmod(join(folder, 'open'), 0o700)
    await utimes(join(folder, 'same'), 1, 1)
    await rm(join(folder, 'gone'), { recursive: true })
    await mkdir(join(folder, 'new'))
    const changed = changedFiles(before, (await listed()) ?? [])
    expect(changed).toEqual(['new', ...(process.platform === 'win32' ? [] : ['open']), 'gone'])
  })

  it('are not listed if the folder has too many names, also of folders and ignored files', async () => {
    for (const name of ['a', 'a/b']) await mkdir(join(folder, name))
    for (const name of ['a/lost', 'a/z']) await writeFile(join(folder, name), '')
    const rules = IgnoreRules.parse('a/lost', '')
    expect(await contextFacts({ folder, rules, signal }, [], 3)).toBeNull()
    expect(await contextFacts({ folder, rules, signal }, [], 4)).toMatchObject([
      { path: 'a' },
      { path: 'a/b' },
      { path: 'a/z' },
    ])
  })

  it('are not read again if their time and size are the same', async () => {
    await writeFile(join(folder, 'a'), 'one')
    const [file] = (await listed()) ?? []
    if (file === undefined) throw new Error('no file is listed')
    const known = { ...file, hash: 'known' }
    const again = await contextFacts({ folder, rules: IgnoreRules.parse('', ''), signal }, [known])
    expect(again).toEqual([known])
  })
})

describe('the memory of builds', () => {
  const build = { folder: '/app', dockerfile: 'Dockerfile', platform: '' }
  const facts = (startedAt: number): CacheFacts => ({
    ...{ startedAt, dockerfileText: 'FROM a', bases: [], files: null, done: [] },
    arguments: argumentFacts({ arguments: [{ name: 'TOKEN', value: 'top-secret' }] }),
  })

  it('has the last builds of a Dockerfile, without the values of arguments', async () => {
    const memory = new CacheMemory({ folder, log: silentLog })
    for (const startedAt of [1, 2, 3, 4]) await memory.keep(build, facts(startedAt))
    const kept = await memory.earlier(build)
    expect(kept.map(({ startedAt }) => startedAt)).toEqual([4, 3, 2])
    expect(JSON.stringify(kept)).not.toContain('top-secret')
    expect(await memory.earlier({ ...build, platform: 'linux/arm64' })).toEqual([])
  })

  it('forgets the Dockerfiles that were built longest ago, and ignores a broken file', async () => {
    const memory = new CacheMemory({ folder, log: silentLog })
    for (let index = 0; index < 42; index += 1)
      await memory.keep({ ...build, dockerfile: String(index) }, facts(index))
    const names = await readdir(folder)
    expect(names).toHaveLength(40)
    for (const name of names) await writeFile(join(folder, name), '{')
    expect(await memory.earlier({ ...build, dockerfile: '41' })).toEqual([])
  })
})
