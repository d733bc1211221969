import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { ImageLayers } from '../../../../src/main/image-layers'
import { BerthError } from '../../../../src/shared/errors'

const id = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const gone = `sha256:${'c'.repeat(64)}`

/** An image with two layers; the other one shares the lower of them. */
const storages = new Map([
  [id, { diffIds: ['one', 'two'], folders: ['/o/top/diff', '/o/a b/diff'] }],
  [other, { diffIds: ['one', 'three'], folders: ['/o/other/diff', '/o/a b/diff'] }],
])

class FakeProgram extends Duplex {
  constructor(lines: readonly (object | string)[], { open = false } = {}) {
    super()
    for (const line of lines) this.push(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
    if (!open) this.push(null)
  }
  override _read(): void {
    // The constructor pushes the lines.
  }
}

function setUp({ lines = [] as (object | string)[], open = false, folders = true } = {}) {
  const program = new FakeProgram(lines, { open })
  const commands: string[] = []
  const asked: string[] = []
  const listed = new Set([id, other, gone])
  const step = (createdBy: string, size: number) => ({ createdBy, comment: '', size, createdAt: 0 })
  const images = new ImageLayers({
    link: {
      openCommand: (command) => {
        commands.push(command)
        return Promise.resolve(program)
      },
      exec: () => Promise.resolve({ code: 1, stdout: '', stderr: '' }),
    },
    engine: {
      images: {
        list: () =>
          Promise.resolve(
            [...listed].map((one) => ({ id: one, tags: [], digests: [], size: 1, createdAt: 0, labels: {} })),
          ),
        storage: (image) => {
          asked.push(image)
          const storage = storages.get(image)
          if (storage === undefined) return Promise.reject(new BerthError('image.not-found', { image }))
          return Promise.resolve(folders ? storage : { ...storage, folders: undefined })
        },
        details: () =>
          Promise.resolve({
            ...{ id, platform: 'linux/amd64', author: '', command: [], entrypoint: [], environment: [] },
            ...{ workingDirectory: '', user: '', exposedPorts: [], volumes: [] },
            steps: [step('RUN make', 7), step('ENV A=b', 0), step('ADD /', 5)],
          }),
      },
    },
    state: { snapshot: () => undefined },
  })
  return { images, program, commands, asked, listed }
}
const { signal } = new AbortController()

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const event of events) found.push(event)
  return found
}

test('matches steps and layers, and names the images that share a layer', async () => {
  const { images, asked, listed } = setUp()
  const { layers, steps, readable } = await images.list(id)
  expect(readable).toBe(true)
  expect(steps.map(({ createdBy, layer }) => [createdBy, layer])).toEqual([
    ['ADD /', 1],
    ['ENV A=b', null],
    ['RUN make', 2],
  ])
  // An image that was removed meanwhile is left out.
  expect(layers).toEqual([
    { diffId: 'one', size: 5, images: [other] },
    { diffId: 'two', size: 7, images: [] },
  ])
  asked.length = 0
  await images.list(id)
  expect(asked).not.toContain(other)
  listed.delete(other)
  expect((await images.list(id)).layers[0]?.images).toEqual([])
})

test('the layers of another driver have no files', async () => {
  const { images, commands } = setUp({ folders: false })
  expect(await images.list(id)).toMatchObject({ readable: false, matched: true })
  await expect(all(images.waste(id, signal))).rejects.toMatchObject({ code: 'image.layers-driver' })
  await expect(images.folder({ image: id, layer: null, path: '/', from: 0 }, signal)).rejects.toMatchObject({
    code: 'image.layers-driver',
  })
  expect(commands).toEqual([])
})

test('the lowest layer has the number 1, and no name reaches the shell', async () => {
  const entry = ['a%0A b', 'f', 0o644, 1, 2, 3, 1, 'C', '']
  const { images, commands } = setUp({ lines: ['ok', { entries: [entry], count: 9, more: true }] })
  const folder = await images.folder({ image: id, layer: 1, path: '/x%20y', from: 500 }, signal)
  expect(folder).toEqual({
    entries: [
      {
        ...{ name: 'a%0A%20b', type: 'file', mode: 0o644, user: 1, group: 2, size: 3, layer: 1 },
        ...{ deed: 'changed', link: '' },
      },
    ],
    count: 9,
    more: true,
  })
  expect(commands).toEqual([
    '/usr/lib/berth/isolation image-folder layer=/o/top/diff layer=/o/a%20b/diff path=/x%20y from=500 in=1',
  ])
  const search = setUp({ lines: ['ok', { type: 'result', found: [], more: false, limit: '' }] })
  await all(search.images.find({ image: id, text: "'; rm -r /" }, signal))
  expect(search.commands[0]).toMatch(/ name=%27%3B%20rm%20-r%20%2F$/)
})

test('a path cannot lead out of the layers', async () => {
  const { images, commands } = setUp()
  for (const path of ['/..', '/a/../../b', '/.'])
    await expect(images.folder({ image: id, layer: null, path, from: 0 }, signal)).rejects.toMatchObject({
      code: 'files.not-found',
    })
  expect(commands).toEqual([])
})

test('a walk reports its progress and its result', async () => {
  const result = {
    type: 'result',
    layers: [
      [9, 1, 0],
      [100, 2, 40],
    ],
    wasted: [['/a', [[1, 0, 'R', 40, 1]]]],
    more: false,
    limit: 'names',
  }
  const { images } = setUp({ lines: ['ok', { type: 'names', count: 64 }, result] })
  expect(await all(images.waste(id, signal))).toEqual([
    { type: 'names', count: 64 },
    {
      type: 'result',
      layers: [
        { bytes: 100, files: 2, wasted: 40 },
        { bytes: 9, files: 1, wasted: 0 },
      ],
      paths: [{ path: '/a', bytes: 40, parts: [{ layer: 1, by: 2, how: 'removed', bytes: 40, files: 1 }] }],
      more: false,
      limit: 'names',
    },
  ])
})

test.each([
  [['ok', { type: 'gone' }], 'image.not-found'],
  [['error gone'], 'image.not-found'],
  [['error usage'], 'image.layers-unsupported'],
  [[], 'image.layers-unsupported'],
  [['ok', { type: 'names', count: 1 }], 'machine.connection-lost'],
  [['ok', { type: 'result', layers: [], wasted: [], more: false, limit: '' }], 'internal'],
  [['ok', 'no JSON'], 'internal'],
])('the answer %j of the machine is the error %s', async (lines, code) => {
  const { images } = setUp({ lines })
  await expect(all(images.waste(id, signal))).rejects.toMatchObject({ code })
})

test('a reader that leaves ends the program', async () => {
  const { images, program } = setUp({ lines: ['ok', { type: 'names', count: 1 }], open: true })
  const leave = new AbortController()
  const events = images.waste(id, leave.signal)
  await events.next()
  leave.abort(new Error('left'))
  await expect(events.next()).rejects.toThrow('left')
  expect(program.destroyed).toBe(true)
})

test('a comparison tells which of its images was removed', async () => {
  const { images } = setUp({ lines: ['ok', { type: 'names', count: 1 }, { type: 'gone' }] })
  const events = images.compare({ image: id, other }, signal)
  await events.next()
  const removed = storages.get(other)
  storages.delete(other)
  try {
    await expect(events.next()).rejects.toMatchObject({ code: 'image.not-found', params: { image: other } })
  } finally {
    if (removed) storages.set(other, removed)
  }
  const both = setUp({ lines: ['error gone'] }).images.compare({ image: id, other }, signal)
  await expect(both.next()).rejects.toMatchObject({ code: 'image.not-found', params: { image: id } })
})
