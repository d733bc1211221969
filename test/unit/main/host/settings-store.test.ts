import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultSettings } from '../../../../src/main/host/settings-defaults'
import { SettingsStore } from '../../../../src/main/host/settings-store'
import type { Settings } from '../../../../src/shared/settings'
import { silentLog } from '../../../support/fake-services'

const defaults = defaultSettings({ cpus: 4, memoryMiB: 16_384 }, '/home/user')
const machine = { cpus: 2, memoryMiB: 3072, diskGiB: 32 }
let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-settings-'))
  file = join(folder, 'settings.json')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const open = () => SettingsStore.open(folder, silentLog, defaults)

describe('settings', () => {
  it('are the defaults until something is set', async () => {
    const store = await open()
    expect(store.current).toEqual(defaults)
    expect(await readdir(folder)).toEqual([])
  })

  it('are kept, for this user only, and told to whoever listens', async () => {
    const store = await open()
    const told: Settings[] = []
    store.on('change', (settings) => told.push(settings))
    await store.update({ machine })
    expect(told).toEqual([{ ...defaults, machine }])
    expect((await open()).current).toEqual({ ...defaults, machine })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('follow the default again once they are set to it', async () => {
    const store = await open()
    await store.update({ machine })
    await store.update({ machine: defaults.machine })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 1 })
  })

  it('lose no update of several at once', async () => {
    const store = await open()
    const power = { pauseAfterMinutes: 0, suspendOnQuit: false }
    await Promise.all([store.update({ machine }), store.update({ power })])
    expect((await open()).current).toEqual({ ...defaults, machine, power })
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it.each([
    ['is not JSON', '{"version": 1,'],
    ['has no version', '{"machine": {}}'],
    ['says what cannot be', '{"version": 1, "machine": {"cpus": 0, "memoryMiB": 2048, "diskGiB": 16}}'],
    ['is empty', ''],
  ])('from a file that %s are kept aside and reported', async (_, text) => {
    await writeFile(file, text)
    const store = await open()
    expect(store.current).toEqual(defaults)
    const kept = String(store.problem?.params.kept)
    expect(store.problem).toMatchObject({ code: 'settings.broken', params: { file } })
    expect(await readFile(kept, 'utf8')).toBe(text)
    await store.update({ machine })
    expect((await open()).problem).toBeUndefined()
    expect(await readFile(kept, 'utf8')).toBe(text)
  })

  it('of a newer Berth are refused and left as they are', async () => {
    const text = '{"version": 99, "machine": "something else"}'
    await writeFile(file, text)
    await expect(open()).rejects.toMatchObject({ code: 'settings.newer', params: { version: 99 } })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('that cannot be saved change nothing and leave nothing behind', async () => {
    const store = await open()
    // A file in the folder's place: even root cannot write below it.
    await rm(folder, { recursive: true })
    await writeFile(folder, '')
    await expect(store.update({ machine })).rejects.toMatchObject({ code: 'settings.unwritable' })
    expect(store.current).toEqual(defaults)
    await rm(folder)
  })

  it.skipIf(process.getuid?.() === 0)('in a read-only folder cannot be saved', async () => {
    const store = await open()
    await chmod(folder, 0o500)
    await expect(store.update({ machine })).rejects.toMatchObject({ code: 'settings.unwritable' })
    await chmod(folder, 0o700)
  })
})
