import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeExample } from '../../../../src/main/learn/example-folder'
import { BerthError } from '../../../../src/shared/errors'
import { exampleFiles } from '../../../../src/shared/lessons'

describe('the folder of the example', () => {
  let root: string
  let folder: string
  const share = () => Promise.resolve()

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'berth-example-'))
    folder = join(root, 'example')
  })
  afterEach(() => rm(root, { recursive: true }))

  it('gets the files of the example, and is shared before', async () => {
    const shared: string[][] = []
    await writeExample({
      folder,
      share: async (path) => {
        shared.push([path, ...(await readdir(path))])
      },
    })
    expect(shared).toEqual([[folder]])
    expect((await readdir(folder)).sort()).toEqual(['.berth-learn', ...exampleFiles].sort())
  })

  it('keeps what the user has changed, and gets back what the user has deleted', async () => {
    await writeExample({ folder, share })
    await writeFile(join(folder, 'server.js'), 'mine')
    await rm(join(folder, 'compose.yaml'))
    await writeExample({ folder, share })
    expect(await readFile(join(folder, 'server.js'), 'utf8')).toBe('mine')
    expect(await readdir(folder)).toContain('compose.yaml')
  })

  it('is refused if it has other files of these names, and stays as it is', async () => {
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), '{}')
    await expect(writeExample({ folder, share })).rejects.toMatchObject({
      code: 'learn.folder-used',
      params: { folder, file: 'package.json' },
    })
    expect(await readdir(folder)).toEqual(['package.json'])
  })

  it('is removed again if it is new and cannot be shared', async () => {
    const refuse = () => Promise.reject(new BerthError('mounts.system-folder', { path: folder }))
    await expect(writeExample({ folder, share: refuse })).rejects.toMatchObject({
      code: 'mounts.system-folder',
    })
    expect(await readdir(root)).toEqual([])
  })

  it('is refused if it has any other file, but not for what the system puts into a folder', async () => {
    await mkdir(folder)
    await writeFile(join(folder, '.DS_Store'), '')
    await writeExample({ folder, share })
    expect(await readdir(folder)).toContain('server.js')
    const home = join(root, 'home')
    await mkdir(join(home, 'photos'), { recursive: true })
    await expect(writeExample({ folder: home, share })).rejects.toMatchObject({
      code: 'learn.folder-used',
      params: { file: 'photos' },
    })
    expect(await readdir(home)).toEqual(['photos'])
  })

  it('is refused if it is a file', async () => {
    await writeFile(folder, '')
    await expect(writeExample({ folder, share })).rejects.toMatchObject({ code: 'files.not-a-folder' })
  })
})
