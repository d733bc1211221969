import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/paths'
import {
  findGuestImage,
  openGuestImage,
  verifyGuestImage,
} from '../../../../src/main/guest-image/guest-image'

let folder: string
let verified: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-image-'))
  verified = join(folder, 'verified.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const contents = { vmlinuz: 'kernel', 'initrd.img': 'initrd', 'root.img': 'root file system' }

async function makeImage(
  name: string,
  options: { arch?: string; builtAt?: number; unpackedKernel?: boolean } = {},
): Promise<string> {
  const image = join(folder, name)
  const all = { ...contents, ...(options.unpackedKernel === true ? { vmlinux: 'unpacked kernel' } : {}) }
  await mkdir(image)
  const files = Object.fromEntries(
    Object.entries(all).map(([file, content]) => [
      file,
      { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
    ]),
  )
  for (const [file, content] of Object.entries(all)) await writeFile(join(image, file), content)
  const manifest = join(image, 'manifest.json')
  await writeFile(
    manifest,
    JSON.stringify({ format: 1, arch: options.arch ?? 'x86_64', recipe: 'abc123', files }),
  )
  if (options.builtAt !== undefined) await utimes(manifest, options.builtAt, options.builtAt)
  return image
}

function open(image: string, report: (done: number, total: number) => void = () => undefined) {
  return openGuestImage(image, 'x86_64', verified, report)
}

describe('finding an image', () => {
  const paths = (env: Record<string, string> = {}, resources?: string) =>
    berthPaths({ BERTH_HOME: join(folder, 'home'), BERTH_GUEST_CACHE: folder, ...env }, 'linux', resources)

  it('takes the newest complete one of the architecture', async () => {
    await makeImage('x86_64-old', { builtAt: 1_000 })
    const newest = await makeImage('x86_64-new', { builtAt: 2_000 })
    await makeImage('arm64-newer', { arch: 'arm64', builtAt: 3_000 })
    await mkdir(join(folder, 'x86_64-incomplete'))
    expect(await findGuestImage(paths(), 'x86_64')).toBe(newest)
  })

  it('prefers the packaged one, and above all the one that is named', async () => {
    await makeImage('x86_64-built')
    const packaged = await makeImage('guest')
    expect(await findGuestImage(paths({}, folder), 'x86_64')).toBe(packaged)
    expect(await findGuestImage(paths({ BERTH_GUEST_IMAGE: '/named' }, folder), 'x86_64')).toBe('/named')
  })

  it('finds none in an empty cache, and none where no cache is', async () => {
    expect(await findGuestImage(paths(), 'x86_64')).toBeUndefined()
    expect(await findGuestImage(paths({ BERTH_GUEST_CACHE: join(folder, 'no') }), 'x86_64')).toBeUndefined()
  })
})

describe('opening an image', () => {
  it('gives its files and tells how far the check is', async () => {
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

  it('checks a file’s checksum only once', async () => {
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

  it('finds one flipped byte: at the start when the file’s time tells of it, in a full check always', async () => {
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

  it('knows the unpacked kernel of an image that has one', async () => {
    const image = await makeImage('image', { unpackedKernel: true })
    expect((await open(image)).unpackedKernel).toBe(join(image, 'vmlinux'))
    await rm(join(image, 'vmlinux'))
    await expect(open(image)).rejects.toMatchObject({ code: 'machine.image-corrupt' })
  })

  it('notices a file that was cut short', async () => {
    const image = await makeImage('image')
    await writeFile(join(image, 'root.img'), 'root')
    await expect(open(image)).rejects.toMatchObject({
      code: 'machine.image-corrupt',
      params: { file: 'root.img' },
    })
  })

  it('says that a file, or all of it, is missing', async () => {
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

  it('survives a damaged memory of earlier checks', async () => {
    const image = await makeImage('image')
    await writeFile(verified, 'not json')
    expect((await open(image)).folder).toBe(image)
  })
})
