import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openGuestImage, verifyGuestImage } from '../../../../src/main/guest-image/verification'
import { makeGuestImage, type GuestImageSample } from './support'

let folder: string
let verified: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-image-'))
  verified = join(folder, 'verified.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const makeImage = (name: string, sample: GuestImageSample = {}) => makeGuestImage(join(folder, name), sample)

function open(image: string, report: (done: number, total: number) => void = () => undefined) {
  return openGuestImage(image, 'x86_64', verified, report)
}

describe('opening a guest image', () => {
  it('returns its files and reports its progress', async () => {
    const image = await makeImage('image')
    const progress: [number, number][] = []
    expect(await open(image, (done, total) => progress.push([done, total]))).toEqual({
      folder: image,
      recipe: 'abc123',
      dataFormat: 1,
      kernel: join(image, 'vmlinuz'),
      initrd: join(image, 'initrd.img'),
      root: join(image, 'root.img'),
    })
    expect(progress.at(-1)).toEqual([28, 28])
  })

  it('verifies a file’s checksum only once', async () => {
    const image = await makeImage('image')
    await open(image)
    let reports = 0
    await open(image, () => (reports += 1))
    expect(reports).toBe(0)
  })

  it('notices a changed file of the same size', async () => {
    const image = await makeImage('image')
    await open(image)
    await writeFile(join(image, 'root.img'), 'ROOT FILE SYSTEM')
    const { mtimeMs } = await stat(join(image, 'root.img'))
    await utimes(join(image, 'root.img'), mtimeMs / 1000 + 5, mtimeMs / 1000 + 5)
    await expect(open(image)).rejects.toMatchObject({
      code: 'machine.image-corrupt',
      params: { folder: image, file: 'root.img' },
    })
  })

  it('finds a changed byte only if the file’s time has changed, but a full check always finds the byte', async () => {
    const image = await makeImage('image')
    const file = join(image, 'root.img')
    const written = 1_700_000_000
    await utimes(file, written, written)
    await open(image)
    await verifyGuestImage(image, 'x86_64')
    const content = await readFile(file)
    content[5] = (content[5] ?? 0) ^ 1
    await writeFile(file, content)
    await utimes(file, written, written)
    const damaged = { code: 'machine.image-corrupt', params: { folder: image, file: 'root.img' } }
    expect((await open(image)).folder).toBe(image)
    await expect(verifyGuestImage(image, 'x86_64')).rejects.toMatchObject(damaged)
    await utimes(file, written, written + 5)
    await expect(open(image)).rejects.toMatchObject(damaged)
  })

  it('returns the unpacked kernel of an image that has one', async () => {
    const image = await makeImage('image', { unpackedKernel: true })
    expect((await open(image)).unpackedKernel).toBe(join(image, 'vmlinux'))
    await rm(join(image, 'vmlinux'))
    await expect(open(image)).rejects.toMatchObject({ code: 'machine.image-corrupt' })
  })

  it('notices a truncated file', async () => {
    const image = await makeImage('image')
    await writeFile(join(image, 'root.img'), 'root')
    await expect(open(image)).rejects.toMatchObject({
      code: 'machine.image-corrupt',
      params: { file: 'root.img' },
    })
  })

  it('reports that a file, or the whole image, is missing', async () => {
    const image = await makeImage('image')
    await rm(join(image, 'vmlinuz'))
    await expect(open(image)).rejects.toMatchObject({
      code: 'machine.image-corrupt',
      params: { folder: image, file: 'vmlinuz' },
    })
    await expect(open('/nowhere')).rejects.toMatchObject({ code: 'machine.image-missing' })
  })

  it.each(['not json', '{"format":2}'])('refuses the manifest %s', async (manifest) => {
    const image = await makeImage('image')
    await writeFile(join(image, 'manifest.json'), manifest)
    await expect(open(image)).rejects.toMatchObject({
      code: 'machine.image-corrupt',
      params: { file: 'manifest.json' },
    })
  })

  it('refuses an image of another architecture', async () => {
    const image = await makeImage('image', { arch: 'arm64' })
    await expect(open(image)).rejects.toMatchObject({ code: 'machine.image-corrupt' })
  })

  it('ignores a damaged record of earlier verifications', async () => {
    const image = await makeImage('image')
    await writeFile(verified, 'not json')
    expect((await open(image)).folder).toBe(image)
  })
})
