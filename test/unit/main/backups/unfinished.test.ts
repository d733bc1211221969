import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Unfinished, type UnfinishedStep } from '../../../../src/main/backups/unfinished'
import { JsonFile } from '../../../../src/main/lib'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

describe('the steps of a backup that have to be undone', () => {
  let machine: string
  const unpause = vi.fn<(id: string) => Promise<void>>()
  const remove = vi.fn<(name: string) => Promise<void>>()
  const exec = vi.fn<(command: string) => Promise<{ code: number; stdout: string; stderr: string }>>()
  const open = () =>
    new Unfinished({
      paths: { machine },
      engine: { containers: { unpause }, volumes: { remove } },
      link: { exec },
      log: silentLog,
    })
  const noted = async () => (await readdir(machine)).length

  beforeEach(async () => {
    machine = await mkdtemp(join(tmpdir(), 'berth-unfinished-'))
    unpause.mockReset().mockResolvedValue()
    remove.mockReset().mockResolvedValue()
    exec.mockReset().mockResolvedValue({ code: 0, stdout: '', stderr: '' })
  })
  afterEach(() => rm(machine, { recursive: true }))

  const paused: UnfinishedStep = { kind: 'paused', containers: ['a', 'b'] }

  it('are noted before they are taken; paused containers are resumed after a success and a failure', async () => {
    const unfinished = open()
    await unfinished.during(paused, async () => {
      expect(await noted()).toBe(1)
      // The step belongs to a job that still runs.
      await unfinished.recover()
      expect(unpause).not.toHaveBeenCalled()
    })
    expect(unpause.mock.calls).toEqual([['a'], ['b']])
    const failure = new Error('failed')
    await expect(unfinished.during(paused, () => Promise.reject(failure))).rejects.toBe(failure)
    expect(unpause).toHaveBeenCalledTimes(4)
    expect(await noted()).toBe(0)
  })

  it('are undone after a crash, once', async () => {
    // The job of the first object never ends, as after a crash.
    const crashed = open()
    void crashed.during(paused, () => new Promise(() => undefined))
    void crashed.during({ kind: 'new-volume', volume: 'v' }, () => new Promise(() => undefined))
    void crashed.during({ kind: 'replace', folder: '/f' }, () => new Promise(() => undefined))
    const unfinished = open()
    await vi.waitFor(async () => {
      expect(await noted()).toBe(1)
    })
    await crashed.recover()
    unpause.mockRejectedValueOnce(new BerthError('container.not-found', { container: 'a' }))
    await unfinished.recover()
    expect(unpause.mock.calls).toEqual([['a'], ['b']])
    expect(remove.mock.calls).toEqual([['v']])
    expect(exec).toHaveBeenCalledTimes(1)
    expect(exec.mock.calls[0]?.[0]).toContain("'/f.berth-old'")
    expect(await noted()).toBe(0)
    await unfinished.recover()
    expect(unpause).toHaveBeenCalledTimes(2)
  })

  it('stay noted while the machine cannot be reached', async () => {
    const unfinished = open()
    remove.mockRejectedValueOnce(new BerthError('machine.connection-lost'))
    const lost = new BerthError('machine.connection-lost')
    await expect(
      unfinished.during({ kind: 'new-volume', volume: 'v' }, () => Promise.reject(lost)),
    ).rejects.toBe(lost)
    expect(await noted()).toBe(1)
    await unfinished.recover()
    expect(remove).toHaveBeenCalledTimes(2)
    expect(await noted()).toBe(0)
  })

  it('fail and are undone if a filled volume would stay noted, because the next start would remove it', async () => {
    const unfinished = open()
    const failure = new BerthError('host.folder-unwritable', { folder: machine, reason: 'read-only' })
    const removing = vi.spyOn(JsonFile.prototype, 'remove')
    const call = unfinished.during({ kind: 'new-volume', volume: 'v' }, () => {
      removing.mockRejectedValueOnce(failure)
      return Promise.resolve()
    })
    await expect(call).rejects.toBe(failure)
    expect(remove.mock.calls).toEqual([['v']])
    expect(await noted()).toBe(0)
    removing.mockRestore()
  })

  it('are undone one at a time, and never for a job that ran when the recovery began', async () => {
    const crashed = open()
    void crashed.during(paused, () => new Promise(() => undefined))
    await vi.waitFor(async () => {
      expect(await noted()).toBe(1)
    })
    const unfinished = open()
    let end = (): void => undefined
    const job = unfinished.during(
      { kind: 'new-volume', volume: 'kept' },
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )
    let resume = (): void => undefined
    unpause.mockImplementationOnce(
      () =>
        new Promise((resolve) => {
          resume = resolve
        }),
    )
    const first = unfinished.recover()
    const second = unfinished.recover()
    await vi.waitFor(() => {
      expect(unpause).toHaveBeenCalledTimes(1)
    })
    end()
    await job
    resume()
    expect(await Promise.all([first, second])).toEqual([[], []])
    expect(unpause.mock.calls).toEqual([['a'], ['b']])
    expect(remove).not.toHaveBeenCalled()
  })

  it('are reported if they stay noted', async () => {
    void open().during(paused, () => new Promise(() => undefined))
    await vi.waitFor(async () => {
      expect(await noted()).toBe(1)
    })
    const unfinished = open()
    unpause.mockRejectedValueOnce(new BerthError('machine.connection-lost'))
    expect(await unfinished.recover()).toEqual([paused])
    expect(await unfinished.recover()).toEqual([])
  })

  it('can become another step, which is undone in the place of the first one', async () => {
    await open().during(paused, async (amend) => {
      await amend({ kind: 'paused', containers: ['b'] })
      await open().recover()
      expect(unpause.mock.calls).toEqual([['b']])
    })
    expect(unpause.mock.calls).toEqual([['b'], ['b']])
  })

  it('never remove a volume that somebody else has created', async () => {
    const taken = new BerthError('volume.name-taken', { volume: 'v' })
    const call = open().during(
      { kind: 'new-volume', volume: 'v' },
      () => Promise.reject(taken),
      (error) => error === taken,
    )
    await expect(call).rejects.toBe(taken)
    expect(remove).not.toHaveBeenCalled()
    expect(await noted()).toBe(0)
  })
})
