import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bindSource, type BindContext } from '../../../../src/main/mounts/bind-source'
import { resolveLinks } from '../../../../src/main/mounts/host-links'

let base: string
let context: BindContext

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'berth-links-')))
  for (const folder of ['home/app/src', 'home/berth', 'other/secret'])
    mkdirSync(join(base, folder), { recursive: true })
  writeFileSync(join(base, 'home/app/src/index.js'), '')
  context = {
    platform: process.platform,
    homeFolder: join(base, 'home'),
    ownFolder: join(base, 'home/berth'),
    sharedFolders: [{ path: join(base, 'home') }],
    resolveLinks,
  }
})
afterEach(() => {
  rmSync(base, { recursive: true })
})

const source = (path: string) => bindSource(join(base, path), context)
const link = (path: string, target: string) => {
  symlinkSync(target, join(base, path))
}

describe.skipIf(process.platform === 'win32')('a symbolic link in the source of a bind mount', () => {
  it('is resolved inside a shared folder, at every level and in a chain', async () => {
    link('home/current', 'app')
    link('home/latest', join(base, 'home/current'))
    link('home/app/main.js', 'src/index.js')
    expect(await source('home/current')).toBe(join(base, 'home/app'))
    expect(await source('home/latest/src/../src')).toBe(join(base, 'home/app/src'))
    expect(await source('home/latest/main.js')).toBe(join(base, 'home/app/src/index.js'))
    expect(await source('home/latest/new/folder')).toBe(join(base, 'home/app/new/folder'))
  })

  it('may be outside the shared folders if its target is inside one', async () => {
    link('project', 'home/app')
    link('users', 'home')
    expect(await source('project/src')).toBe(join(base, 'home/app/src'))
    expect(await source('users/app')).toBe(join(base, 'home/app'))
  })

  it('may be in the path of the shared folder itself', async () => {
    link('users', 'home')
    context.sharedFolders = [{ path: join(base, 'users') }]
    expect(await source('home/app')).toBe(join(base, 'users/app'))
    expect(await source('users/app')).toBe(join(base, 'users/app'))
  })

  it('is refused if its target is not shared, and the error names the target', async () => {
    link('home/out', join(base, 'other'))
    for (const [path, target] of [
      ['home/out', 'other'],
      ['home/out/secret', 'other/secret'],
      ['home/out/new', 'other/new'],
    ] as const)
      await expect(source(path)).rejects.toMatchObject({
        code: 'mounts.link-not-shared',
        params: { path: join(base, path), target: join(base, target), shared: join(base, 'home') },
      })
    await expect(source('other')).rejects.toMatchObject({ code: 'mounts.not-shared' })
  })

  it('is refused if its target does not exist, and the error names the target', async () => {
    link('home/dangling', 'nowhere')
    for (const path of ['home/dangling', 'home/dangling/below'])
      await expect(source(path)).rejects.toMatchObject({
        code: 'mounts.broken-link',
        params: { path: join(base, 'home/dangling'), target: 'nowhere' },
      })
  })

  it('is refused if it leads into Berth’s own folder', async () => {
    link('home/app/sneaky', '../berth')
    await expect(source('home/app/sneaky')).rejects.toMatchObject({ code: 'mounts.own-folder' })
  })
})
