import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { downloadGuestImage } from '../../../../src/main/guest-image/download'
import { openGuestImage } from '../../../../src/main/guest-image/verification'

let cache: string
let server: Server
/** The files of the release, by name. */
let release: Map<string, string | Buffer>

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'berth-download-'))
  release = new Map()
  server = createServer((request, response) => {
    const content = release.get((request.url ?? '').slice(1))
    if (content === undefined) response.writeHead(404).end()
    else response.end(content)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(cache, { recursive: true, force: true })
})

const contents = {
  vmlinuz: 'kernel',
  vmlinux: 'unpacked kernel',
  'initrd.img': 'initrd',
  'root.img': 'root'.repeat(100_000),
}

function publish(changes: Record<string, string> = {}) {
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, content]) => [
      name,
      { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
    ]),
  )
  const manifest = JSON.stringify({ format: 1, arch: 'arm64', recipe: 'abc123', files })
  release.set('guest-arm64-manifest.json', manifest)
  for (const [name, content] of Object.entries({ ...contents, ...changes }))
    release.set(`guest-arm64-${name}.br`, brotliCompressSync(content))
}

function download(options: { signal?: AbortSignal; report?: (done: number, total: number) => void } = {}) {
  const { port } = server.address() as AddressInfo
  return downloadGuestImage({
    arch: 'arm64',
    cache,
    baseUrl: `http://127.0.0.1:${port}`,
    signal: options.signal ?? new AbortController().signal,
    report: options.report ?? (() => undefined),
  })
}

describe('downloading the guest image', () => {
  it('leaves a complete image in the cache', async () => {
    publish()
    const progress: [number, number][] = []
    const folder = await download({ report: (done, total) => progress.push([done, total]) })
    expect(folder).toBe(join(cache, 'arm64-abc123'))
    await openGuestImage(folder, 'arm64', join(cache, 'verified.json'), () => undefined)
    const total = Object.values(contents).join('').length
    expect(progress.at(-1)).toEqual([total, total])
    expect(await readdir(cache)).toEqual(
      expect.not.arrayContaining([expect.stringContaining('.downloading')]),
    )
  })

  it('reports that there is no release', async () => {
    await expect(download()).rejects.toMatchObject({
      code: 'machine.image-download',
      params: { reason: 'there is no release with a guest image for this computer' },
    })
    expect(await readdir(cache)).toEqual([])
  })

  it('refuses a file that does not match its checksum, and keeps nothing of it', async () => {
    publish({ 'root.img': 'something else'.padEnd(400_000) })
    await expect(download()).rejects.toMatchObject({
      code: 'machine.image-download',
      params: { reason: 'the file does not match its checksum' },
    })
    expect(await readdir(cache)).toEqual([])
  })

  it('refuses a file that is too large or cannot be unpacked', async () => {
    publish({ 'root.img': 'x'.repeat(400_001) })
    await expect(download()).rejects.toMatchObject({ params: { reason: 'it is larger than it should be' } })
    publish()
    release.set('guest-arm64-root.img.br', 'not compressed')
    await expect(download()).rejects.toMatchObject({ code: 'machine.image-download' })
    expect(await readdir(cache)).toEqual([])
  })

  it('removes an old unfinished download, but not one that may still be in progress', async () => {
    publish()
    for (const name of ['.downloading-old', '.downloading-new']) await mkdir(join(cache, name))
    await utimes(join(cache, '.downloading-old'), 1_000, 1_000)
    await download()
    expect((await readdir(cache)).sort()).toEqual(['.downloading-new', 'arm64-abc123'])
  })

  it('refuses an invalid manifest', async () => {
    release.set('guest-arm64-manifest.json', '<html>')
    await expect(download()).rejects.toMatchObject({ params: { reason: 'the manifest is not valid' } })
  })

  it('reports an error if the server cannot be reached', async () => {
    server.close()
    await once(server, 'close')
    const closed = downloadGuestImage({
      arch: 'arm64',
      cache,
      baseUrl: 'http://127.0.0.1:9',
      signal: new AbortController().signal,
      report: () => undefined,
    })
    await expect(closed).rejects.toMatchObject({ code: 'machine.image-download' })
  })

  it('stops when its signal aborts, and keeps nothing', async () => {
    publish()
    const abort = new AbortController()
    const downloading = download({
      signal: abort.signal,
      report: () => {
        abort.abort(new Error('stopped'))
      },
    })
    await expect(downloading).rejects.toThrow('stopped')
    expect(await readdir(cache)).toEqual([])
  })
})
