import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepImage, markAsKept, pruneImages } from '../../../../src/main/guest-image/cache'
import { makeGuestImage } from './support'

let folder: string
let cache: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-cache-'))
  cache = join(folder, 'guest')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the cache of guest images', () => {
  it('removes only unwanted images, and only those that Berth itself has put into the cache', async () => {
    for (const recipe of ['aaa', 'bbb', 'ccc'])
      await markAsKept(await makeGuestImage(join(cache, `x86_64-${recipe}`), { recipe }))
    await makeGuestImage(join(cache, 'x86_64-ddd'), { recipe: 'ddd' })
    expect(await pruneImages(cache, 'x86_64', new Set(['bbb', 'ccc']))).toEqual(['aaa'])
    expect((await readdir(cache)).sort()).toEqual(['x86_64-bbb', 'x86_64-ccc', 'x86_64-ddd'])
  })

  it('removes the files of an interrupted copy', async () => {
    await mkdir(join(cache, '.keeping-abc'), { recursive: true })
    const packaged = await makeGuestImage(join(folder, 'app'), { recipe: 'aaa' })
    await keepImage(packaged, cache, 'x86_64', 'aaa')
    expect(await readdir(cache)).toEqual(['x86_64-aaa'])
  })

  it('replaces an image whose removal was interrupted', async () => {
    const packaged = await makeGuestImage(join(folder, 'app'), { recipe: 'aaa' })
    await mkdir(join(cache, 'x86_64-aaa'), { recursive: true })
    await writeFile(join(cache, 'x86_64-aaa', 'left'), '')
    await keepImage(packaged, cache, 'x86_64', 'aaa')
    expect((await readdir(join(cache, 'x86_64-aaa'))).sort()).toEqual(
      [...(await readdir(packaged)), 'kept-by-berth'].sort(),
    )
  })
})
