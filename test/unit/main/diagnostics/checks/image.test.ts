import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DiagnosticsContext } from '../../../../../src/main/diagnostics/check'
import { image } from '../../../../../src/main/diagnostics/checks/image'
import { berthPaths, type BerthPaths } from '../../../../../src/main/host/berth-files'
import { downloadGuestImage } from '../../../../../src/main/guest-image/download'
import { chooseGuestImage, findGuestImage } from '../../../../../src/main/guest-image/newest-or-previous'
import { replaceDamagedImage, requestReplacement } from '../../../../../src/main/guest-image/replacement'
import { writeHistory, readHistory } from '../../../../../src/main/guest-image/history'
import { machineState } from '../../../../support/fake-services'
import { contextOf } from '../support'

let folder: string
let paths: BerthPaths
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-image-'))
  paths = berthPaths({ BERTH_HOME: folder }, 'darwin')
  await mkdir(paths.machine)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const names = ['vmlinuz', 'initrd.img', 'root.img'] as const
function manifest(recipe: string) {
  const files = Object.fromEntries(
    names.map((name) => {
      const content = `${name} of ${recipe}`
      return [name, { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }]
    }),
  )
  return { format: 1, arch: 'x86_64', recipe, files }
}
let built = 0
async function makeImage(recipe: string, at = join(paths.guestCache, `x86_64-${recipe}`)): Promise<string> {
  await mkdir(at, { recursive: true })
  for (const name of names) await writeFile(join(at, name), `${name} of ${recipe}`)
  await writeFile(join(at, 'manifest.json'), JSON.stringify(manifest(recipe)))
  // Gives each manifest its own time: files that are written in quick succession may get the same time.
  built += 1
  await utimes(join(at, 'manifest.json'), built, built)
  return at
}
/** Changes one byte. The file's name and size stay the same. */
const damage = (at: string, recipe: string) => writeFile(join(at, 'root.img'), `root.imh of ${recipe}`)

async function find(changes: Partial<DiagnosticsContext> = {}): Promise<string> {
  const context = contextOf({ paths, platform: 'linux', machine: machine('stopped'), ...changes })
  const { status, finding, fix } = await image.run(context, new AbortController().signal)
  return [status, finding, ...(fix === undefined ? [] : [fix])].join(' ')
}
function machine(phase: 'stopped' | 'running', recipe?: string): DiagnosticsContext['machine'] {
  const state = machineState(phase)
  const known = recipe === undefined ? {} : { image: { recipe, next: recipe, newest: recipe } }
  return { state: { ...state, ...known }, guestReport: () => undefined }
}

describe('the guest image', () => {
  it('is reported as ok if undamaged, and the fix for a missing image is a start of the machine', async () => {
    expect(await find()).toBe('failed image.missing start-machine')
    await makeImage('aaa')
    expect(await find()).toBe('ok image.ok')
  })

  it('can be downloaded again if it is damaged and this host gets images from a release', async () => {
    const at = await makeImage('aaa')
    await damage(at, 'aaa')
    expect(await find({ platform: 'darwin' })).toBe('failed image.damaged fetch-image')
    expect(await find({ env: { BERTH_GUEST_URL: 'http://127.0.0.1:9' } })).toBe(
      'failed image.damaged fetch-image',
    )
    expect(await find()).toBe('failed image.damaged-built')
    await rm(join(at, 'root.img'))
    expect(await find({ platform: 'darwin' })).toBe('failed image.damaged fetch-image')
    await writeFile(join(at, 'manifest.json'), '{ broken')
    expect(await find({ platform: 'darwin' })).toBe('failed image.damaged fetch-image')
  })

  it('that came with the app can be replaced by an undamaged previous image, or by reinstalling the app', async () => {
    const resources = join(folder, 'app')
    const packaged = await makeImage('bbb', join(resources, 'guest'))
    await damage(packaged, 'bbb')
    const app = { paths: { ...paths, resources }, platform: 'darwin' } as const
    expect(await find(app)).toBe('failed image.damaged-app')
    const old = await makeImage('aaa')
    await writeHistory(paths, { current: 'bbb', previous: 'aaa' })
    expect(await find(app)).toBe('failed image.damaged-other use-other-image')
    await damage(old, 'aaa')
    expect(await find(app)).toBe('failed image.damaged-app')
  })

  it('that the user has gone back to is checked, not the newest image', async () => {
    const old = await makeImage('aaa')
    await makeImage('bbb')
    await writeHistory(paths, {
      current: 'aaa',
      previous: 'bbb',
      rolledBackFrom: 'bbb',
    })
    await damage(old, 'aaa')
    expect(await find()).toBe('failed image.damaged-other use-other-image')
    await makeImage('aaa')
    await damage(join(paths.guestCache, 'x86_64-bbb'), 'bbb')
    expect(await find()).toBe('ok image.ok')
  })

  it('of the running machine is checked, not the image of the next start', async () => {
    const old = await makeImage('aaa')
    await makeImage('bbb')
    await writeHistory(paths, { current: 'aaa' })
    await damage(old, 'aaa')
    expect(await find({ machine: machine('running', 'aaa') })).toBe(
      'failed image.damaged-other restart-machine',
    )
    expect(await find({ machine: machine('stopped', 'aaa') })).toBe('ok image.ok')
  })

  it('that an environment variable selects is checked, but Berth offers no fix', async () => {
    const named = await makeImage('aaa', join(folder, 'mine'))
    const mine = { paths: { ...paths, guestImage: named }, platform: 'darwin' } as const
    expect(await find(mine)).toBe('ok image.ok')
    await damage(named, 'aaa')
    expect(await find(mine)).toBe('failed image.damaged-named')
  })
})

describe('downloading a damaged image again', () => {
  let server: Server
  let offered: string
  beforeEach(async () => {
    offered = 'bbb'
    server = createServer((request, response) => {
      const name = request.url?.replace('/guest-x86_64-', '') ?? ''
      if (offered === '') response.writeHead(404).end()
      else if (name === 'manifest.json') response.end(JSON.stringify(manifest(offered)))
      else response.end(brotliCompressSync(`${name.replace('.br', '')} of ${offered}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.close()
  })
  const fetchNew = () =>
    downloadGuestImage({
      arch: 'x86_64',
      cache: paths.guestCache,
      baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      signal: new AbortController().signal,
      report: () => undefined,
    })

  it('replaces the damaged image by an undamaged copy, or by a newer image', async () => {
    for (const damaged of ['bbb', 'aaa']) {
      const at = await makeImage(damaged)
      await damage(at, damaged)
      await requestReplacement(paths, at)
      await replaceDamagedImage(paths, 'x86_64', fetchNew)
      expect(await readdir(paths.guestCache)).toEqual(['x86_64-bbb'])
      expect(await find()).toBe('ok image.ok')
    }
  })

  it('makes Berth use the new image, even if the user had gone back to an older image', async () => {
    const at = await makeImage('aaa')
    await writeHistory(paths, {
      current: 'aaa',
      previous: 'bbb',
      rolledBackFrom: 'bbb',
    })
    await requestReplacement(paths, at)
    await replaceDamagedImage(paths, 'x86_64', fetchNew)
    const newest = (await findGuestImage(paths, 'x86_64')) ?? ''
    expect(await chooseGuestImage({ paths, arch: 'x86_64' }, newest)).toMatchObject({
      image: { recipe: 'bbb', next: 'bbb' },
    })
    expect(await readHistory(paths)).not.toHaveProperty('rolledBackFrom')
  })

  it('keeps the old image after a failure, and does not try again automatically', async () => {
    const at = await makeImage('aaa')
    await requestReplacement(paths, at)
    offered = ''
    await expect(replaceDamagedImage(paths, 'x86_64', fetchNew)).rejects.toMatchObject({
      code: 'machine.image-download',
    })
    expect(await readdir(paths.guestCache)).toEqual(['x86_64-aaa'])
    await replaceDamagedImage(paths, 'x86_64', () => Promise.reject(new Error('it was tried again')))
  })

  it('happens only on request, and removes nothing outside the cache', async () => {
    const outside = await makeImage('aaa', join(folder, 'mine'))
    await requestReplacement(paths, outside)
    await replaceDamagedImage(paths, 'x86_64', fetchNew)
    expect(await readdir(outside)).toContain('manifest.json')
    await replaceDamagedImage(paths, 'x86_64', () => Promise.reject(new Error('nobody requested it')))
  })
})
