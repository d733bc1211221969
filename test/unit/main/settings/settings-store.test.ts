import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultSettings } from '../../../../src/main/settings/settings-defaults'
import { SettingsStore } from '../../../../src/main/settings/settings-store'
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

const open = () => SettingsStore.open({ folder, log: silentLog, defaults })

describe('settings', () => {
  it('are the defaults until something is set', async () => {
    const store = await open()
    expect(store.current).toEqual(defaults)
    expect(await readdir(folder)).toEqual([])
  })

  it('are stored in a file that only this user can read, and reported to listeners', async () => {
    const store = await open()
    const reported: Settings[] = []
    store.on('change', (settings) => reported.push(settings))
    await store.update({ machine })
    expect(reported).toEqual([{ ...defaults, machine }])
    expect((await open()).current).toEqual({ ...defaults, machine })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('follow the defaults again after they are set to the default values', async () => {
    const store = await open()
    await store.update({ machine })
    await store.update({ machine: defaults.machine })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 2 })
  })

  it('contain all changes of simultaneous updates', async () => {
    const store = await open()
    const power = { pauseAfterMinutes: 0, suspendOnQuit: false }
    await Promise.all([store.update({ machine }), store.update({ power })])
    expect((await open()).current).toEqual({ ...defaults, machine, power })
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it.each([
    ['is not JSON', '{"version": 1,'],
    ['has no version', '{"machine": {}}'],
    ['is empty', ''],
  ])('in a file that %s are copied to another file and reported', async (_, text) => {
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

  it('lose only the invalid section, if the rest can be read', async () => {
    const sharedFolders = [{ path: '/home/user/code', writable: false }]
    const text = JSON.stringify({ version: 2, machine: { ...machine, cpus: 0 }, sharedFolders })
    await writeFile(file, text)
    const store = await open()
    expect(store.current).toEqual({ ...defaults, sharedFolders })
    expect(store.problem).toMatchObject({ code: 'settings.section-broken', params: { sections: 'machine' } })
    expect(await readFile(String(store.problem?.params.kept), 'utf8')).toBe(text)
    const again = await open()
    expect(again.problem).toBeUndefined()
    expect(again.current).toEqual({ ...defaults, sharedFolders })
  })

  it('with a byte order mark, which some editors write, are read', async () => {
    await writeFile(file, `\ufeff${JSON.stringify({ version: 2, machine })}`)
    const store = await open()
    expect(store.problem).toBeUndefined()
    expect(store.current).toEqual({ ...defaults, machine })
  })

  describe('changed by another program', () => {
    const power = { pauseAfterMinutes: 0, suspendOnQuit: false }

    it('are adopted and reported', async () => {
      const store = await open()
      await store.update({ machine })
      const reported: Settings[] = []
      store.on('change', (settings) => reported.push(settings))
      await store.reread()
      expect(reported).toEqual([])
      await writeFile(file, JSON.stringify({ version: 2, machine, power }))
      await store.reread()
      expect(reported).toEqual([{ ...defaults, machine, power }])
    })

    it('are not lost with the next change', async () => {
      const store = await open()
      await store.update({ docker: { context: false, useContext: false } })
      await writeFile(file, JSON.stringify({ version: 2, power }))
      await store.update({ machine })
      expect((await open()).current).toEqual({ ...defaults, machine, power })
    })

    it('are not overwritten while they cannot be read, and are copied before the next change', async () => {
      const store = await open()
      await store.update({ machine })
      await writeFile(file, '{"version": 2, "power": {')
      await store.reread()
      expect(store.current).toEqual({ ...defaults, machine })
      expect(await readFile(file, 'utf8')).toBe('{"version": 2, "power": {')
      await store.update({ power })
      expect(store.problem).toMatchObject({ code: 'settings.broken' })
      expect(await readFile(String(store.problem?.params.kept), 'utf8')).toBe('{"version": 2, "power": {')
      expect((await open()).current).toEqual({ ...defaults, machine, power })
    })

    it('with an invalid section, keep the former values of that section', async () => {
      const store = await open()
      await store.update({ machine })
      await writeFile(file, JSON.stringify({ version: 2, machine: { cpus: 'all' }, power }))
      await store.update({ docker: { context: false, useContext: false } })
      expect(store.current).toMatchObject({ machine, power, docker: { context: false } })
      expect(store.problem).toMatchObject({ code: 'settings.section-broken' })
    })

    it('that is a newer Berth are not overwritten', async () => {
      const store = await open()
      await store.update({ machine })
      await writeFile(file, '{"version": 99}')
      await expect(store.update({ power })).rejects.toMatchObject({ code: 'settings.newer' })
      expect(await readFile(file, 'utf8')).toBe('{"version": 99}')
    })

    it('keep their current values if that program deletes the file', async () => {
      const store = await open()
      await store.update({ machine })
      await rm(file)
      await store.reread()
      await store.update({ power })
      expect((await open()).current).toEqual({ ...defaults, machine, power })
    })
  })

  it('of version 1 lose only the registries that prevent a start of dockerd', async () => {
    const registries = {
      mirrors: ['https://me:secret@mirror.example', 'https://mirror.example', 'https://mirror.example?x'],
      insecure: ['my_registry:5000', '10.0.0.0/8', '10.0.0.0/99', 'registry.example:5000'],
      certificates: [],
    }
    await writeFile(file, JSON.stringify({ version: 1, machine, registries }))
    const store = await open()
    expect(store.problem).toBeUndefined()
    expect(store.current).toEqual({
      ...defaults,
      machine,
      registries: {
        mirrors: ['https://mirror.example'],
        insecure: ['10.0.0.0/8', 'registry.example:5000'],
        certificates: [],
      },
    })
  })

  it('of version 1 are read even if the registries are missing or invalid', async () => {
    await writeFile(file, JSON.stringify({ version: 1, machine }))
    expect((await open()).current).toEqual({ ...defaults, machine })
    await writeFile(file, JSON.stringify({ version: 1, registries: 'nonsense' }))
    expect((await open()).problem).toMatchObject({ code: 'settings.section-broken' })
  })

  it('that cannot be read are not shown in the problem, because they might contain a password', async () => {
    await writeFile(file, '{"version": 1, "proxy": {"http": "http://me:planted" x')
    const store = await open()
    expect(JSON.stringify(store.problem)).not.toContain('plant')
    expect(store.problem?.detail).toContain('position')
    store.dismissProblem()
    expect(store.problem).toBeUndefined()
  })

  it('of an older Berth go through every migration since their version', async () => {
    const migrations = {
      1: ({ vm, ...rest }: Record<string, unknown>) => ({ ...rest, machine: vm }),
      2: ({ machine: old, ...rest }: Record<string, unknown>) => ({
        ...rest,
        machine: { ...(old as object), memoryMiB: 3072 },
      }),
    }
    const openThird = () =>
      SettingsStore.open({ folder, log: silentLog, defaults, format: { version: 3, migrations } })
    await writeFile(file, '{"version": 1, "vm": {"cpus": 2, "diskGiB": 32}}')
    const store = await openThird()
    expect(store.problem).toBeUndefined()
    expect(store.current).toEqual({ ...defaults, machine })
    await writeFile(file, '{"version": 2, "machine": {"cpus": 2, "diskGiB": 32}, "vm": "not looked at"}')
    expect((await openThird()).current).toEqual({ ...defaults, machine })
    const power = { pauseAfterMinutes: 0, suspendOnQuit: false }
    await store.update({ power })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 3, machine, power })
    expect((await openThird()).current).toEqual({ ...defaults, machine, power })
    await expect(open()).rejects.toMatchObject({ code: 'settings.newer', params: { version: 3 } })
  })

  it('that a migration cannot convert are copied and reported', async () => {
    const text = '{"version": 1, "machine": "of another kind"}'
    await writeFile(file, text)
    const migrations = {
      1: () => {
        throw new Error('no such machine')
      },
    }
    const store = await SettingsStore.open({
      folder,
      log: silentLog,
      defaults,
      format: { version: 2, migrations },
    })
    expect(store.current).toEqual(defaults)
    expect(store.problem).toMatchObject({ code: 'settings.broken', detail: 'no such machine' })
    expect(await readFile(String(store.problem?.params.kept), 'utf8')).toBe(text)
  })

  it('that the system refuses to read are not replaced by the defaults', async () => {
    await mkdir(file)
    await expect(open()).rejects.toMatchObject({ code: 'settings.unreadable', params: { file } })
    expect((await stat(file)).isDirectory()).toBe(true)
  })

  it.skipIf(process.getuid?.() === 0)(
    'that cannot be copied, or whose file is not readable, are not replaced by the defaults',
    async () => {
      await writeFile(file, 'broken')
      await chmod(folder, 0o500)
      await expect(open()).rejects.toMatchObject({ code: 'settings.unreadable' })
      await chmod(folder, 0o700)
      await chmod(file, 0)
      await expect(open()).rejects.toMatchObject({ code: 'settings.unreadable' })
    },
  )

  it('of a newer Berth are refused and not changed', async () => {
    const text = '{"version": 99, "machine": "something else"}'
    await writeFile(file, text)
    await expect(open()).rejects.toMatchObject({ code: 'settings.newer', params: { version: 99 } })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('that cannot be saved do not change', async () => {
    const store = await open()
    // A file replaces the folder, because even root cannot write below a file.
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
