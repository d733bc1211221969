import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { berthPaths, type BerthPaths } from '../../../../src/main/host/paths'
import { markData, refuseNewerData } from '../../../../src/main/disk/data-format'
import { openGuestImage, type GuestImage } from '../../../../src/main/guest-image/guest-image'
import { GuestSystem } from '../../../../src/main/guest-image/guest-system'
import { keepImage, markAsKept, pruneImages } from '../../../../src/main/guest-image/image-store'
import { silentLog } from '../../../support/fake-services'

let folder: string
let paths: BerthPaths
let cache: string
let dataDisk: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-system-'))
  paths = berthPaths({ BERTH_HOME: folder }, 'linux')
  cache = paths.guestCache
  dataDisk = join(paths.machine, 'data.qcow2')
  await mkdir(paths.machine)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function makeImage(recipe: string, at = join(cache, `x86_64-${recipe}`)): Promise<string> {
  await mkdir(at, { recursive: true })
  const sha256 = createHash('sha256').update(recipe).digest('hex')
  for (const name of ['vmlinuz', 'initrd.img', 'root.img']) await writeFile(join(at, name), recipe)
  const file = { bytes: recipe.length, sha256 }
  const files = { vmlinuz: file, 'initrd.img': file, 'root.img': file }
  await writeFile(
    join(at, 'manifest.json'),
    JSON.stringify({ format: 1, arch: 'x86_64', recipe, dataFormat: 2, files }),
  )
  return at
}

const open = (at: string): Promise<GuestImage> =>
  openGuestImage(at, 'x86_64', join(folder, 'verified.json'), () => undefined)

const system = (changes: Partial<BerthPaths> = {}) =>
  new GuestSystem({ paths: { ...paths, ...changes }, arch: 'x86_64', log: silentLog })

describe('the guest system', () => {
  it('goes back to the image before the newest, and on to the newest again', async () => {
    const old = await makeImage('aaa')
    await system().cameUp(await open(old), dataDisk)
    const newest = await makeImage('bbb')

    const upgraded = await system().choose(newest)
    expect(upgraded).toEqual({
      folder: newest,
      image: { recipe: 'bbb', next: 'bbb', newest: 'bbb', previous: 'aaa' },
    })
    expect(await system().use('previous', upgraded.image)).toMatchObject({ recipe: 'bbb', next: 'aaa' })

    const back = await system().choose(newest)
    expect(back).toEqual({ folder: old, image: { recipe: 'aaa', next: 'aaa', newest: 'bbb' } })
    expect(await system().use('newest', back.image)).toMatchObject({ next: 'bbb' })
    expect((await system().choose(newest)).folder).toBe(newest)
  })

  it('has nothing to go back to at first', async () => {
    const { image } = await system().choose(await makeImage('aaa'))
    await expect(system().use('previous', image)).rejects.toMatchObject({ code: 'machine.image-missing' })
    await expect(system().use('previous', undefined)).rejects.toMatchObject({ code: 'machine.image-missing' })
  })

  it('takes the image that was named, whatever came up before', async () => {
    await system().cameUp(await open(await makeImage('aaa')), dataDisk)
    const named = await makeImage('bbb')
    const chosen = await system({ guestImage: named }).choose(named)
    expect(chosen.image).toEqual({ recipe: 'bbb', next: 'bbb', newest: 'bbb' })
  })

  it('keeps a packaged image in the cache, for the app’s next version to go back to', async () => {
    const resources = join(folder, 'app')
    const packaged = await makeImage('aaa', join(resources, 'guest'))
    await keepImage(packaged, cache, 'x86_64', 'aaa')
    await system({ resources }).cameUp(await open(packaged), dataDisk)
    await makeImage('bbb', packaged)
    const { image } = await system({ resources }).choose(packaged)
    expect(image).toMatchObject({ recipe: 'bbb', previous: 'aaa' })
    expect(await open(join(cache, 'x86_64-aaa'))).toMatchObject({ recipe: 'aaa' })
  })

  it('removes older images that it put there itself, and no others', async () => {
    for (const recipe of ['aaa', 'bbb', 'ccc']) await markAsKept(await makeImage(recipe))
    await makeImage('ddd')
    expect(await pruneImages(cache, 'x86_64', new Set(['bbb', 'ccc']))).toEqual(['aaa'])
    expect((await readdir(cache)).sort()).toEqual(['x86_64-bbb', 'x86_64-ccc', 'x86_64-ddd'])
  })

  it('removes what a copy has left behind that was cut off', async () => {
    await mkdir(join(cache, '.keeping-abc'), { recursive: true })
    await keepImage(await makeImage('aaa', join(folder, 'app')), cache, 'x86_64', 'aaa')
    expect(await readdir(cache)).toEqual(['x86_64-aaa'])
  })
})

describe('the mark of the data disk', () => {
  it('refuses an image that knows only an older format, before anything is touched', async () => {
    const image = await open(await makeImage('aaa'))
    await writeFile(dataDisk, '')
    await markData(dataDisk, { ...image, dataFormat: 3 })
    await expect(refuseNewerData(dataDisk, image)).rejects.toMatchObject({
      code: 'machine.data-newer',
      params: { file: dataDisk, format: '3', known: '2' },
    })
  })

  it('lets newer images, the same one, and an unreadable mark pass', async () => {
    const image = await open(await makeImage('aaa'))
    await writeFile(dataDisk, '')
    await refuseNewerData(dataDisk, image)
    await markData(dataDisk, { ...image, dataFormat: 1 })
    await refuseNewerData(dataDisk, image)
    await markData(dataDisk, image)
    await refuseNewerData(dataDisk, image)
    await writeFile(join(paths.machine, 'data.json'), '{')
    await refuseNewerData(dataDisk, image)
  })

  it('says nothing about a disk that was removed', async () => {
    const image = await open(await makeImage('aaa'))
    await markData(dataDisk, { ...image, dataFormat: 3 })
    await refuseNewerData(dataDisk, image)
  })
})
