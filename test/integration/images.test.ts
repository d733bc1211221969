import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ImageTasks } from '../../src/main/images'
import { Tasks } from '../../src/main/tasks'
import type { ImageDetails } from '../../src/shared/images'
import type { Task, TaskOf } from '../../src/shared/tasks'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { Registry, registryUser } from '../support/registry'

/** Makes the archive of a root file system with this many bytes, which do not compress. */
async function rootTar(bytes: number): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: 'blob' }, randomBytes(bytes))
  archive.finalize()
  return buffer(archive)
}

/** Runs a compression program of this computer. */
function compressed(program: 'xz' | 'bzip2', input: Buffer): Buffer {
  return execFileSync(program, ['-c'], { input, maxBuffer: 64_000_000 })
}

describe('tasks with images', () => {
  let fixture: EngineFixture
  let registry: Registry
  let folder: string
  let tasks: Tasks
  let images: ImageTasks

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    registry = await Registry.start()
    folder = await mkdtemp(join(tmpdir(), 'berth-image-tasks-'))
    tasks = await Tasks.open({ folder, log: silentLog })
    images = imageTasks(() => Promise.resolve({}))
  })
  afterEach(() => fixture.clear())
  afterAll(async () => {
    await tasks.closeAll()
    await registry.stop()
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  function imageTasks(forImage: () => Promise<object>): ImageTasks {
    return new ImageTasks({ engine: fixture.engine, logins: { forImage }, link: fixture.machine.link, tasks })
  }
  async function ended<Kind extends Task['kind']>(id: string, kind: Kind): Promise<TaskOf<Kind>> {
    const task = await tasks.ended(id)
    expect(task.kind).toBe(kind)
    return task as TaskOf<Kind>
  }
  const inEngine = async () => (await fixture.engine.images.list()).flatMap(({ tags }) => tags).sort()

  it('push and pull an image, with the layers, the messages and the result', async () => {
    const reference = `${registry.name}/app:1`
    const { id } = await fixture.engine.images.get(busybox)
    await fixture.engine.images.tag(id, reference)
    await eventually(() => fixture.state.images.get(id)?.tags.includes(reference)).toBe(true)

    const states = new Set<string>()
    tasks.on('change', (event) => {
      if (event.type === 'task' && event.task.kind === 'push')
        for (const { status } of event.task.detail?.layers ?? []) states.add(status)
    })
    const push = await ended(images.push(reference), 'push')
    expect(push).toMatchObject({ state: 'succeeded', error: null })
    expect(push.result?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(push.detail?.layers).toMatchObject([{ status: 'uploaded' }])
    expect((await tasks.readLog(push.id, 0, 10_000)).text).toContain(push.result?.digest ?? 'a digest')
    const again = await ended(images.push(reference), 'push')
    expect(again.detail?.layers).toMatchObject([{ status: 'exists' }])

    await fixture.engine.images.remove(reference, false)
    const first = images.pull(reference)
    expect(images.pull(reference)).toBe(first)
    const pull = await ended(first, 'pull')
    expect(pull).toMatchObject({ state: 'succeeded', result: { imageId: id } })
    expect((await tasks.readLog(pull.id, 0, 10_000)).text).toContain(`Status: `)

    const missing = await ended(images.push('nobody/has-this:1'), 'push')
    expect(missing).toMatchObject({ state: 'failed', error: { code: 'image.not-found' } })
  })

  it('report a push that the registry refuses', async () => {
    const guarded = await Registry.start({ users: registryUser.htpasswd })
    const reference = `${guarded.name}/app:1`
    await fixture.engine.images.tag((await fixture.engine.images.get(busybox)).id, reference)
    expect(await ended(images.push(reference), 'push')).toMatchObject({
      state: 'failed',
      error: { code: 'registry.denied', params: { image: reference } },
    })
    await guarded.stop()
  })

  it('cancel a push and a pull in the middle, and leave nothing running', async () => {
    const reference = `${registry.name}/big:1`
    await fixture.engine.images.import(reference, Readable.from([await rootTar(20_000_000)]))
    const middle = (id: string) =>
      eventually(() => {
        const task = tasks.get(id)
        if (task.state !== 'running') return 'too late'
        const layers = task.kind === 'push' || task.kind === 'pull' ? (task.detail?.layers ?? []) : []
        return layers.some(({ current }) => current > 0)
      })
    const push = images.push(reference)
    await middle(push).toBe(true)
    expect(tasks.needMachine).toBe(true)
    await tasks.cancel(push)
    expect(tasks.get(push)).toMatchObject({ state: 'cancelled', error: null })
    await eventually(() => fixture.engine.inFlight).toBe(0)
    const catalog = await fetch(`${registry.url}/v2/big/tags/list`)
    expect(catalog.status).toBe(404)

    expect(await ended(images.push(reference), 'push')).toMatchObject({ state: 'succeeded' })
    await fixture.engine.images.remove(reference, true)
    const pull = images.pull(reference)
    await middle(pull).toBe(true)
    await tasks.cancel(pull)
    expect(tasks.get(pull)).toMatchObject({ state: 'cancelled', error: null, result: null })
    await eventually(() => fixture.engine.inFlight).toBe(0)
    expect(await inEngine()).toEqual([busybox])
    expect(tasks.needMachine).toBe(false)
  })

  it('save images and load them again with the same ids, and tell the archive from a root file system', async () => {
    const { engine } = fixture
    const root = await rootTar(100_000)
    const { id } = await engine.images.import('saved:1', Readable.from([root]))
    await engine.images.tag(id, 'saved:2')
    const { signal } = new AbortController()
    const saved = await buffer(await images.save(['saved:1', 'saved:2'], signal))
    const task = tasks.list().at(-1)
    expect(task).toMatchObject({ kind: 'image-save', state: 'succeeded', result: { bytes: saved.length } })
    await engine.images.removeAll(id)
    expect(await inEngine()).toEqual([busybox])

    expect(await images.content(saved.subarray(0, 700_000))).toBe('images')
    expect(await images.content(gzipSync(saved).subarray(0, 700_000))).toBe('images')
    expect(await images.content(root.subarray(0, 700_000))).toBe('root')
    expect(await images.content(compressed('xz', saved))).toBe('images')
    expect(await images.content(compressed('bzip2', root))).toBe('root')

    const file = { fileName: 'saved.tar.gz', bytes: saved.length }
    await images.load(file, Readable.from([gzipSync(saved)]))
    const load = tasks.list().at(-1)
    expect(load).toMatchObject({ kind: 'image-load', state: 'succeeded', params: file })
    expect(load?.kind === 'image-load' && load.result?.images.toSorted()).toEqual(['saved:1', 'saved:2'])
    expect((await engine.images.get('saved:2')).id).toBe(id)

    const wrong = { fileName: 'root.tar', bytes: root.length }
    await expect(images.load(wrong, Readable.from([root]))).rejects.toMatchObject({
      code: 'image.archive-invalid',
    })
    await expect(images.save(['missing:1'], signal)).rejects.toMatchObject({ code: 'image.not-found' })
  })

  it('cancel a save and a load in the middle, and leave no image', async () => {
    const { engine } = fixture
    const { id } = await engine.images.import('big:1', Readable.from([await rootTar(8_000_000)]))
    const closed = new AbortController()
    const stream = await images.save(['big:1'], closed.signal)
    stream.on('error', () => undefined)
    closed.abort()
    const save = tasks.list().at(-1)
    expect(await tasks.ended(save?.id ?? '')).toMatchObject({ kind: 'image-save', state: 'cancelled' })
    const saved = await buffer(await images.save([id], new AbortController().signal))
    await engine.images.removeAll(id)

    const upload = new Readable({ read: () => undefined })
    upload.on('error', () => undefined)
    upload.push(saved.subarray(0, 4_000_000))
    const loading = images.load({ fileName: 'big.tar', bytes: saved.length }, upload)
    const load = tasks.list().at(-1)
    await eventually(() => tasks.get(load?.id ?? '').progress?.done).toBe(4_000_000)
    await tasks.cancel(load?.id ?? '')
    await loading
    expect(upload.destroyed).toBe(true)
    expect(tasks.get(load?.id ?? '')).toMatchObject({ state: 'cancelled', error: null })
    await eventually(() => engine.inFlight).toBe(0)
    expect(await inEngine()).toEqual([busybox])
  })

  it('survive a restart of Berth', async () => {
    const before = tasks.list().map(({ id, state }) => ({ id, state }))
    const again = await Tasks.open({ folder, log: silentLog })
    expect(again.list().map(({ id, state }) => ({ id, state }))).toEqual(before)
    const push = again.list().find(({ kind }) => kind === 'push')
    expect((await again.readLog(push?.id ?? '', 0, 10_000)).text).toContain('digest: sha256:')
  })
})

describe('images', () => {
  let fixture: EngineFixture
  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  it('have details, a history and tags, and are not removed while a container uses them', async () => {
    const { images } = fixture.engine
    const { id } = await images.import('app:1', Readable.from([await rootTar(50_000)]))
    await images.tag(id, 'other/app:2')
    await eventually(() => fixture.state.images.get(id)?.tags.toSorted()).toEqual(['app:1', 'other/app:2'])
    const details: ImageDetails = await images.details(id)
    expect(details).toMatchObject({ id, platform: 'linux/amd64', command: [] })
    expect(details.steps).toMatchObject([{ comment: expect.stringContaining('Import') as string }])
    expect(details.steps[0]?.size).toBeGreaterThanOrEqual(50_000)
    expect(details.steps[0]?.createdAt).toBeGreaterThan(1_600_000_000_000)

    const container = await fixture.run({ name: 'user' })
    const used = await images.get(busybox)
    await images.tag(used.id, 'second:1')
    await expect(images.removeAll(used.id)).rejects.toMatchObject({
      code: 'image.in-use',
      params: { containers: 'user' },
    })
    expect((await images.get(used.id)).tags.toSorted()).toEqual([busybox, 'second:1'])
    await fixture.engine.containers.remove(container.id, { force: true, volumes: true })
    await expect(images.tag('missing:1', 'x:1')).rejects.toMatchObject({ code: 'image.not-found' })
  })

  it('without a tag and without a container are pruned, and the sizes before and after are known', async () => {
    const { images } = fixture.engine
    const old = await images.import('app:1', Readable.from([await rootTar(300_000)]))
    await images.import('app:1', Readable.from([await rootTar(100_000)]))
    const pruned = await images.prune({ all: false })
    expect(pruned.removed).toBe(1)
    expect(pruned.bytes).toBeGreaterThanOrEqual(300_000)
    expect(pruned.before - pruned.after).toBe(pruned.bytes)
    expect(await images.find(old.id)).toBeUndefined()
    const container = await fixture.run({ name: 'keeps-busybox' })
    expect((await images.prune({ all: true })).removed).toBe(1)
    expect((await images.list()).flatMap(({ tags }) => tags)).toEqual([busybox])
    await fixture.engine.containers.remove(container.id, { force: true, volumes: true })
  })
})
