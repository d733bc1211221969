import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BackupStore, type NewBackup } from '../../../../src/main/backups/backup-store'
import * as lib from '../../../../src/main/lib'
import { silentLog } from '../../../support/fake-services'
import { pieces } from './support'

vi.mock('../../../../src/main/lib', { spy: true })

const content = Buffer.alloc(100_000, 'content')
const facts: NewBackup = { volume: 'data', driver: 'local', labels: { team: 'one' }, scheduled: true }
const { signal } = new AbortController()

describe('the kept backups', () => {
  let folder: string
  let store: BackupStore
  const open = () => new BackupStore({ folder, log: silentLog })
  const add = (volume = 'data', of: AsyncIterable<Buffer> = pieces(content)) =>
    store.add({ ...facts, volume }, of, { progress: vi.fn(), signal })
  const files = async () =>
    (await readdir(folder, { recursive: true })).filter((name) => /\.\w+$/.test(name)).sort()

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'berth-store-')), 'backups')
    store = open()
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true }))

  it('are compressed files that only the user can read, and are listed again after a restart', async () => {
    const progress = vi.fn()
    const changed = vi.fn()
    store.on('change', changed)
    const backup = await store.add(facts, pieces(content), { progress, signal })
    expect(backup).toMatchObject({ ...facts, contentBytes: content.length })
    expect(progress).toHaveBeenLastCalledWith(content.length)
    expect(changed).toHaveBeenCalled()
    const [archive = '', note = ''] = (await files()).toSorted((a, b) => b.length - a.length)
    expect(archive).toMatch(/^data\/\d{8}-\d{6}-[0-9a-f]{8}\.tar\.gz$/)
    expect(note).toBe(archive.replace('.tar.gz', '.json'))
    for (const name of [archive, note]) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    expect(gunzipSync(await readFile(join(folder, archive))).equals(content)).toBe(true)
    expect((await stat(join(folder, archive))).size).toBe(backup.bytes)

    store = open()
    await vi.waitFor(() => {
      expect(store.list()).toEqual([backup])
    })
    const { stream, name } = await store.open(backup.id)
    expect(gunzipSync(await buffer(stream)).equals(content)).toBe(true)
    expect(name).toMatch(/^data-\d{8}-\d{6}\.tar\.gz$/)
  })

  it('are removed with their notes', async () => {
    const first = await add()
    const second = await add()
    await store.remove(first.id)
    expect(store.list()).toEqual([second])
    await store.remove(second.id)
    expect(await readdir(folder)).toEqual([])
    for (const call of [store.remove(first.id), store.open(first.id)])
      await expect(call).rejects.toMatchObject({ code: 'backup.not-found' })
  })

  it('leave nothing if the archive fails or the backup is cancelled', async () => {
    const failure = new Error('the link is cut')
    async function* failing(): AsyncGenerator<Buffer, void> {
      yield* pieces(content)
      throw failure
    }
    await expect(add('data', failing())).rejects.toBe(failure)
    const cancelling = new AbortController()
    async function* cancelled(): AsyncGenerator<Buffer, void> {
      yield* pieces(content)
      cancelling.abort()
      await new Promise(setImmediate)
      yield content
    }
    const call = store.add(facts, cancelled(), { progress: vi.fn(), signal: cancelling.signal })
    await expect(call).rejects.toThrow('aborted')
    expect(await readdir(folder)).toEqual([])
    expect(store.list()).toEqual([])
  })

  it('leave nothing if the complete archive cannot be kept', async () => {
    const failure = new Error('the disk is broken')
    const sync = vi.spyOn(lib, 'syncFolder').mockRejectedValueOnce(failure)
    await expect(add()).rejects.toBe(failure)
    expect(sync).toHaveBeenCalled()
    expect(await readdir(folder)).toEqual([])
    sync.mockClear()
    const cancelling = new AbortController()
    const writing = vi.spyOn(lib.JsonFile.prototype, 'write').mockImplementationOnce(() => {
      cancelling.abort()
      return Promise.resolve()
    })
    const call = store.add(facts, pieces(content), { progress: vi.fn(), signal: cancelling.signal })
    await expect(call).rejects.toThrow('aborted')
    expect(writing).toHaveBeenCalled()
    expect(sync).not.toHaveBeenCalled()
    expect(await readdir(folder)).toEqual([])
    vi.restoreAllMocks()
  })

  it('do not include what a crash has left, and what is no backup', async () => {
    await mkdir(join(folder, 'data'), { recursive: true })
    const write = (name: string, text = '') => writeFile(join(folder, 'data', name), text)
    await write('1.tar.gz.partial')
    await write('2.json', 'not json')
    await write('3.tar.gz')
    const backup = await add()
    await write('4.json', JSON.stringify({ version: 1, backup }))
    store = open()
    await vi.waitFor(() => {
      expect(store.list()).toEqual([backup])
    })
    expect(await files()).toHaveLength(4)
    expect((await files()).filter((name) => /[14]\./.test(name.slice(5, 7)))).toEqual([])
  })

  it('have a folder that every system allows', async () => {
    await add('con')
    await add('data.')
    expect((await readdir(folder)).sort()).toEqual(['con_', 'data._'])
    expect(
      store
        .list()
        .map(({ volume }) => volume)
        .sort(),
    ).toEqual(['con', 'data.'])
  })
})
