import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ImageLayers } from '../../src/main/image-layers'
import { encodeFileName, showFileName } from '../../src/shared/file-paths'
import { efficiency, wastedBytes } from '../../src/shared/image-figures'
import type { ImageEntry } from '../../src/shared/image-layers'
import { busybox, EngineFixture } from '../support/engine-fixture'
import { baseStep, layeredImageTar, wastefulSteps } from '../support/layered-image'

/** The result of a walk, which is its last event. */
async function resultOf<Event extends { type: string }>(events: AsyncIterable<Event>) {
  let last: Event | undefined
  for await (const event of events) last = event
  if (last?.type !== 'result') throw new Error('no result')
  return last as Extract<Event, { type: 'result' }>
}

describe('the layers of an image', { timeout: 120_000 }, () => {
  let fixture: EngineFixture
  let images: ImageLayers
  const ids = { wasteful: '', sibling: '', odd: '', busybox: '' }
  const { signal } = new AbortController()
  const idOf = (name: string) => fixture.docker.run('image', 'inspect', '--format={{.Id}}', name)

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { machine, engine, state, docker } = fixture
    images = new ImageLayers({ link: machine.link, engine, state })
    const load = async (tag: string, steps: typeof wastefulSteps) =>
      engine.images.load(Readable.from([await layeredImageTar(tag, steps)]))
    await load('wasteful:1', wastefulSteps)
    const [first = baseStep, second = baseStep] = wastefulSteps
    await load('sibling:1', [
      first,
      second,
      {
        createdBy: 'COPY other / # buildkit',
        entries: [
          { name: 'etc/', type: 'directory' },
          // The same size as in the other image, but in another layer, and with the same content.
          { name: 'etc/config', bytes: 260 },
          { name: 'twin2', bytes: 401 },
          { name: 'made/', type: 'directory' },
          { name: 'made/one', bytes: 7 },
          { name: 'made/two', bytes: 8 },
        ],
      },
    ])
    // Names that only a program can make.
    const script = [
      'cd /tmp',
      `for i in $(seq 1 700); do : > many-$i; done`,
      `printf x > "$(printf 'line\\nbreak')"`,
      `printf xy > "$(printf 'not-utf8-\\377')"`,
      'ln -s ../../../../../../../etc/passwd up',
      'mknod device b 7 7',
      'mkfifo pipe',
      'chown 12:34 pipe',
      'chmod 4711 pipe',
    ].join('; ')
    const made = await docker.run('create', busybox, 'sh', '-c', script)
    await docker.run('start', '-a', made)
    await docker.run('commit', made, 'odd:1')
    await docker.run('rm', made)
    ids.wasteful = await idOf('wasteful:1')
    ids.sibling = await idOf('sibling:1')
    ids.odd = await idOf('odd:1')
    ids.busybox = await idOf(busybox)
  })
  // Closes the fixture also after a failure. Otherwise, the next files of the run fail too.
  afterAll(() => fixture.close())

  test('each layer has its instruction and size, and the images that share it', async () => {
    const { driver, readable, layers, steps, matched } = await images.list(ids.wasteful)
    expect({ driver, readable, matched }).toEqual({ driver: 'overlay2', readable: true, matched: true })
    expect(steps.map(({ createdBy, layer }) => [createdBy, layer])).toEqual([
      ['ADD rootfs.tar / # buildkit', 1],
      ['RUN /bin/sh -c configure # buildkit', 2],
      ['ENV MODE=<b>fast</b>', null],
      ['COPY app / # buildkit', 3],
    ])
    expect(layers.map(({ images: sharers }) => sharers)).toEqual([[ids.sibling], [ids.sibling], []])
    const { layers: counted } = await resultOf(images.waste(ids.wasteful, signal))
    // The engine counts the bytes of a layer as Berth does.
    expect(counted.map(({ bytes }) => bytes)).toEqual(layers.map(({ size }) => size))
    expect(counted).toEqual([
      { bytes: 2470, files: 8, wasted: 1070 },
      { bytes: 250 + 30 + '/etc/passwd'.length, files: 3, wasted: 250 },
      { bytes: 265, files: 2, wasted: 0 },
    ])
  })

  test('an image without a change of its files has a layer more, and the page’s data follow', async () => {
    const { docker } = fixture
    const before = await images.list(ids.busybox)
    expect(before.layers).toHaveLength(1)
    expect(before.layers[0]?.images).toEqual([ids.odd])
    const made = await docker.run('create', busybox, 'sh', '-c', 'echo more > /data/more; rm /etc/group')
    await docker.run('start', '-a', made)
    const added = await docker.run('commit', made, 'added:1')
    await docker.run('rm', made)
    expect((await images.list(ids.busybox)).layers[0]?.images).toHaveLength(2)
    expect((await images.list(added)).layers.map(({ size }) => size)).toEqual([before.layers[0]?.size, 5])
    const { entries } = await images.folder({ image: added, layer: 2, path: '/etc', from: 0 }, signal)
    expect(entries.map(({ name, deed }) => [name, deed])).toEqual([['group', 'removed']])
    const { paths } = await resultOf(images.waste(added, signal))
    expect(paths.map(({ path }) => path)).toEqual(['/etc/group'])
    await docker.run('rmi', 'added:1')
    expect((await images.list(ids.busybox)).layers[0]?.images).toEqual([ids.odd])
    await expect(images.list(added)).rejects.toMatchObject({ code: 'image.not-found' })
    await expect(resultOf(images.waste(added, signal))).rejects.toMatchObject({ code: 'image.not-found' })
  })

  test('a folder shows what each layer did, and what the image has', async () => {
    const list = async (layer: number | null, path: string) =>
      (await images.folder({ image: ids.wasteful, layer, path, from: 0 }, signal)).entries.map(
        ({ name, type, deed, layer: from, size }: ImageEntry) =>
          `${showFileName(name)} ${type} ${deed} ${String(from)} ${String(size)}`,
      )
    expect(await list(1, '/')).toEqual([
      'again folder added 1 0',
      'bin folder added 1 0',
      'cache folder added 1 0',
      'etc folder added 1 0',
      'twin file added 1 400',
      'twin2 file added 1 400',
    ])
    expect(await list(2, '/')).toEqual([
      'again folder replaced 2 0',
      'etc folder kept 2 0',
      'cache removed removed 2 0',
      'shadow link added 2 11',
      'twin removed removed 2 0',
    ])
    // The new folder hides the old one, so its files are not seen as changes.
    expect(await list(2, '/again')).toEqual(['new file added 2 30'])
    expect(await list(3, '/')).toEqual(['bin folder changed 3 0', 'etc folder kept 3 0'])
    expect(await list(null, '/')).toEqual([
      'again folder replaced 2 0',
      'bin folder changed 3 0',
      'etc folder kept 3 0',
      'shadow link added 2 11',
      'twin2 file added 1 400',
    ])
    expect(await list(null, '/bin')).toEqual(['<script>alert(1) file added 3 5', 'tool file added 1 1000'])
    expect(await list(null, '/again')).toEqual(['new file added 2 30'])
    expect(await list(9, '/')).toEqual([])
    for (const path of ['/cache', '/twin2', '/shadow', '/nowhere'])
      await expect(list(null, path), path).rejects.toMatchObject({ code: 'files.not-found' })
  })

  test('a large folder comes in parts, and any name, type and owner is shown', async () => {
    const read = (from: number) => images.folder({ image: ids.odd, layer: 2, path: '/tmp', from }, signal)
    const first = await read(0)
    expect(first).toMatchObject({ count: 705, more: false })
    expect(first.entries).toHaveLength(500)
    const all = [...first.entries, ...(await read(500)).entries]
    expect(new Set(all.map(({ name }) => name)).size).toBe(705)
    const find = (name: string) => all.find((entry) => showFileName(entry.name) === name)
    expect(find('line\\u{A}break')).toMatchObject({ type: 'file', size: 1 })
    expect(find('not-utf8-\\xFF')).toMatchObject({ type: 'file', size: 2 })
    expect(find('up')?.link).toBe('../../../../../../../etc/passwd')
    expect(find('device')?.type).toBe('block')
    expect(find('pipe')).toMatchObject({ type: 'pipe', mode: 0o4711, user: 12, group: 34 })
    // A link of the image does not lead the reader out of its layers.
    await expect(
      images.folder({ image: ids.odd, layer: 2, path: '/tmp/up', from: 0 }, signal),
    ).rejects.toMatchObject({ code: 'files.not-found' })
  })

  test('hidden bytes are wasted, with the layers that wrote and hid them', async () => {
    const waste = await resultOf(images.waste(ids.wasteful, signal))
    expect(waste.paths).toEqual([
      // A file with two names counts once.
      { path: '/cache', bytes: 800, parts: [{ layer: 1, by: 2, how: 'removed', bytes: 800, files: 3 }] },
      {
        path: '/etc/config',
        bytes: 450,
        parts: [
          { layer: 2, by: 3, how: 'overwritten', bytes: 250, files: 1 },
          { layer: 1, by: 2, how: 'overwritten', bytes: 200, files: 1 },
        ],
      },
      { path: '/again', bytes: 70, parts: [{ layer: 1, by: 2, how: 'replaced', bytes: 70, files: 1 }] },
      // The file `twin` has another name, which is still visible. So it is not here.
    ])
    expect(waste).toMatchObject({ more: false, limit: null })
    expect(wastedBytes(waste)).toBe(1320)
    expect(efficiency(waste)).toBeCloseTo(1 - 1320 / (2470 + 291 + 265), 10)
  })

  test('a search finds a name in all layers, and a path', async () => {
    const find = async (text: string) =>
      (await resultOf(images.find({ image: ids.wasteful, text }, signal))).found.map(
        ({ path, versions }) =>
          `${showFileName(path)}: ${versions
            .map(({ layer, type, hidden }) => `${String(layer)} ${type}${hidden ? ' hidden' : ''}`)
            .join(', ')}`,
      )
    expect(await find('CONFIG')).toEqual(['/etc/config: 3 file, 2 file hidden, 1 file hidden'])
    expect(await find('/bin/tool')).toEqual(['/bin/tool: 1 file'])
    expect(await find('cache')).toEqual(['/cache: 2 removed, 1 folder hidden'])
    expect(await find('<SCRIPT>')).toEqual(['/bin/<script>alert(1): 3 file'])
    expect(await find('%2F')).toEqual([])
    const odd = await resultOf(images.find({ image: ids.odd, text: 'many-' }, signal))
    expect(odd.found).toHaveLength(200)
    expect(odd.more).toBe(true)
  })

  test('two images differ by content, not by layer', async () => {
    const compare = (image: string, other: string) => resultOf(images.compare({ image, other }, signal))
    const { changes, ...totals } = await compare(ids.wasteful, ids.sibling)
    expect(
      changes.map(({ kind, type, before, after, files, path }) => [kind, type, before, after, files, path]),
    ).toEqual([
      ['changed', 'file', 400, 401, 1, '/twin2'],
      ['added', 'folder', 0, 15, 2, '/made'],
      ['removed', 'file', 5, 0, 1, `/bin/${encodeFileName('<script>alert(1)')}`],
      // Only its permissions differ.
      ['changed', 'folder', 0, 0, 0, '/bin'],
    ])
    expect(totals).toMatchObject({
      added: { files: 2, bytes: 15 },
      removed: { files: 1, bytes: 5 },
      changed: { files: 2, before: 400, after: 401 },
      ...{ unread: 0, more: false, limit: null },
    })
    expect((await compare(ids.wasteful, ids.wasteful)).changes).toEqual([])
  })

  test('reading changes no access time, and ends in the machine with its reader', async () => {
    const { link } = fixture.machine
    const folder = await fixture.docker.run(
      'image',
      'inspect',
      '--format={{.GraphDriver.Data.UpperDir}}',
      ids.odd,
    )
    const times = async () =>
      (await link.exec(`stat -c %X ${folder} ${folder}/tmp ${folder}/tmp/up`)).stdout.trim()
    await link.exec(`touch -h -a -d '2001-01-01' ${folder} ${folder}/tmp ${folder}/tmp/up`)
    const before = await times()
    await resultOf(images.waste(ids.odd, signal))
    await resultOf(images.compare({ image: ids.odd, other: ids.busybox }, signal))
    await images.folder({ image: ids.odd, layer: null, path: '/tmp', from: 0 }, signal)
    expect(await times()).toBe(before)
    const leave = new AbortController()
    const events = images.waste(ids.odd, leave.signal)
    await events.next()
    leave.abort()
    await expect(resultOf(events)).rejects.toThrow()
    const running = 'pgrep -f "[i]solation image-" | wc -l'
    await expect.poll(async () => Number((await link.exec(running)).stdout), { timeout: 20_000 }).toBe(0)
  })
})
