import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepImage } from '../../../../src/main/guest-image/cache'
import { findGuestImage, GuestImages } from '../../../../src/main/guest-image/newest-or-previous'
import { openGuestImage, type GuestImage } from '../../../../src/main/guest-image/verification'
import { berthPaths, type BerthPaths } from '../../../../src/main/host/berth-files'
import { silentLog } from '../../../support/fake-services'
import { makeGuestImage } from './support'

let folder: string
let paths: BerthPaths
let cache: string
let dataDisk: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-choice-'))
  paths = berthPaths({ BERTH_HOME: folder }, 'linux')
  cache = paths.guestCache
  dataDisk = join(paths.machine, 'data.qcow2')
  await mkdir(paths.machine)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('findGuestImage', () => {
  const pathsOf = (env: Record<string, string> = {}, resources?: string) =>
    berthPaths({ BERTH_HOME: join(folder, 'home'), BERTH_GUEST_CACHE: folder, ...env }, 'linux', resources)

  it('takes the newest complete image of the architecture', async () => {
    await makeGuestImage(join(folder, 'x86_64-old'), { builtAt: 1_000 })
    const newest = await makeGuestImage(join(folder, 'x86_64-new'), { builtAt: 2_000 })
    await makeGuestImage(join(folder, 'arm64-newer'), { arch: 'arm64', builtAt: 3_000 })
    await mkdir(join(folder, 'x86_64-incomplete'))
    expect(await findGuestImage(pathsOf(), 'x86_64')).toBe(newest)
  })

  it('takes the image in BERTH_GUEST_IMAGE first, then the packaged image, then an image in the cache', async () => {
    await makeGuestImage(join(folder, 'x86_64-built'))
    const packaged = await makeGuestImage(join(folder, 'guest'))
    expect(await findGuestImage(pathsOf({}, folder), 'x86_64')).toBe(packaged)
    expect(await findGuestImage(pathsOf({ BERTH_GUEST_IMAGE: '/named' }, folder), 'x86_64')).toBe('/named')
  })

  it('finds no image in an empty cache or without a cache', async () => {
    expect(await findGuestImage(pathsOf(), 'x86_64')).toBeUndefined()
    expect(await findGuestImage(pathsOf({ BERTH_GUEST_CACHE: join(folder, 'no') }), 'x86_64')).toBeUndefined()
  })
})

describe('the guest images', () => {
  const makeImage = (recipe: string, at = join(cache, `x86_64-${recipe}`)) => makeGuestImage(at, { recipe })

  const open = (at: string): Promise<GuestImage> =>
    openGuestImage(at, 'x86_64', join(folder, 'verified.json'), () => undefined)

  const images = (changes: Partial<BerthPaths> = {}) =>
    new GuestImages({ paths: { ...paths, ...changes }, arch: 'x86_64', log: silentLog })

  it('can be switched to the previous image, and back to the newest image', async () => {
    const old = await makeImage('aaa')
    await images().recordBoot(await open(old), dataDisk)
    const newest = await makeImage('bbb')

    const upgraded = await images().choose(newest)
    expect(upgraded).toEqual({
      folder: newest,
      image: { recipe: 'bbb', next: 'bbb', newest: 'bbb', previous: 'aaa' },
    })
    expect(await images().switchTo('previous', upgraded.image)).toMatchObject({ recipe: 'bbb', next: 'aaa' })

    const back = await images().choose(newest)
    expect(back).toEqual({ folder: old, image: { recipe: 'aaa', next: 'aaa', newest: 'bbb' } })
    expect(await images().switchTo('newest', back.image)).toMatchObject({ next: 'bbb' })
    expect((await images().choose(newest)).folder).toBe(newest)
  })

  it('have no previous image at first', async () => {
    const { image } = await images().choose(await makeImage('aaa'))
    const missing = { code: 'machine.image-missing' }
    await expect(images().switchTo('previous', image)).rejects.toMatchObject(missing)
    await expect(images().switchTo('previous', undefined)).rejects.toMatchObject(missing)
  })

  it('are overridden by BERTH_GUEST_IMAGE, no matter which image has booted before', async () => {
    await images().recordBoot(await open(await makeImage('aaa')), dataDisk)
    const named = await makeImage('bbb')
    const chosen = await images({ guestImage: named }).choose(named)
    expect(chosen.image).toEqual({ recipe: 'bbb', next: 'bbb', newest: 'bbb' })
  })

  it('include a cached copy of the packaged image, to which the app’s next version can go back', async () => {
    const resources = join(folder, 'app')
    const packaged = await makeImage('aaa', join(resources, 'guest'))
    await keepImage(packaged, cache, 'x86_64', 'aaa')
    await images({ resources }).recordBoot(await open(packaged), dataDisk)
    await makeImage('bbb', packaged)
    const { image } = await images({ resources }).choose(packaged)
    expect(image).toMatchObject({ recipe: 'bbb', previous: 'aaa' })
    expect(await open(join(cache, 'x86_64-aaa'))).toMatchObject({ recipe: 'aaa' })
  })
})
