import { EventEmitter } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Backups } from '../../../../src/main/backups'
import type { EngineChange } from '../../../../src/main/engine'
import { Tasks } from '../../../../src/main/tasks'
import type { Container } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { NewVolume, Volume } from '../../../../src/shared/volumes'
import { silentLog } from '../../../support/fake-services'
import { container } from '../../renderer/support'
import { archive } from './support'

class State extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  readonly volumes = new Map<string, Volume>()
  isOnline = true
}

const data: Volume = { name: 'data', driver: 'local', createdAt: 1, labels: {}, anonymous: true }
const mount = { type: 'volume', source: 'data', destination: '/data', readOnly: false } as const

describe('backups', () => {
  let home: string
  let tasks: Tasks
  let state: State
  let backups: Backups
  let content: Buffer
  const settings: NewVolume = {
    name: 'data',
    driver: 'local',
    options: {},
    labels: { team: 'one', 'com.docker.volume.anonymous': '' },
  }
  const calls: string[] = []
  const exec = vi.fn<(command: string) => Promise<{ code: number; stdout: string; stderr: string }>>()
  const pause = vi.fn<(id: string) => Promise<void>>()
  const unpause = vi.fn<(id: string) => Promise<void>>()
  const download = vi.fn<() => Promise<{ stream: Readable; bytes: undefined }>>()

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-backups-'))
    await mkdir(join(home, 'machine'))
    tasks = await Tasks.open({ folder: join(home, 'tasks'), log: silentLog })
    state = new State()
    state.volumes.set('data', data)
    content = await archive([
      { name: './', type: 'directory' },
      { name: './a', content: 'x' },
    ])
    calls.length = 0
    download
      .mockReset()
      .mockImplementation(() => Promise.resolve({ stream: Readable.from([content]), bytes: undefined }))
    const call = (text: string) => {
      calls.push(text)
      return Promise.resolve()
    }
    pause.mockReset().mockImplementation((id) => call(`pause ${id}`))
    unpause.mockReset().mockImplementation((id) => call(`unpause ${id}`))
    exec.mockReset().mockResolvedValue({ code: 0, stdout: '', stderr: '' })
    const folder = (name: string) =>
      state.volumes.has(name)
        ? Promise.resolve({ path: `/v/${name}`, mountedInUse: false })
        : Promise.reject(new BerthError('volume.not-found', { volume: name }))
    backups = new Backups({
      paths: { home, machine: join(home, 'machine') },
      log: silentLog,
      state,
      tasks,
      files: { download },
      engine: {
        containers: { pause, unpause },
        volumes: {
          find: (name) => Promise.resolve(state.volumes.get(name)),
          folder,
          settings: () => Promise.resolve(settings),
          create: ({ name, labels }) => {
            state.volumes.set(name, { ...data, name })
            return call(`create ${name} ${JSON.stringify(labels)}`)
          },
          remove: (name) => call(`remove ${name}`),
        },
      },
      link: {
        exec: async (command, options) => {
          const input = options?.input
          if (input instanceof Readable) await buffer(input)
          if (command.includes('tar -x')) await call('unpack')
          return exec(command)
        },
      },
    })
  })
  afterEach(async () => {
    backups.close()
    await tasks.closeAll()
    vi.useRealTimers()
    await rm(home, { recursive: true })
  })

  it('pause only the running containers that write to the volume, and only if the user wants it', async () => {
    state.containers.set('w', container({ id: 'w', state: 'running', mounts: [mount] }))
    state.containers.set(
      'r',
      container({ id: 'r', state: 'running', mounts: [{ ...mount, readOnly: true }] }),
    )
    state.containers.set('s', container({ id: 's', state: 'exited', mounts: [mount] }))
    await tasks.ended(await backups.create({ volume: 'data', pause: true }))
    expect(calls).toEqual(['pause w', 'unpause w'])
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    expect(calls).toHaveLength(2)
    expect(backups.current.backups).toHaveLength(2)
  })

  it('resume the containers and keep nothing if the volume cannot be read', async () => {
    state.containers.set('w', container({ id: 'w', state: 'running', mounts: [mount] }))
    download.mockRejectedValue(new BerthError('files.volume-not-mounted', { name: 'data' }))
    const task = await tasks.ended(await backups.create({ volume: 'data', pause: true }))
    expect(task).toMatchObject({ state: 'failed', error: { code: 'files.volume-not-mounted' } })
    expect(calls).toEqual(['pause w', 'unpause w'])
    expect(backups.current.backups).toEqual([])
    await expect(backups.create({ volume: 'other', pause: true })).rejects.toMatchObject({
      code: 'volume.not-found',
    })
  })

  it('are restored with the labels of the volume, but never as an anonymous volume', async () => {
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    const id = backups.current.backups[0]?.id ?? ''
    await tasks.ended(await backups.restore({ id, to: 'copy', replace: false }))
    expect(calls).toEqual(['create copy {"team":"one"}', 'unpack', 'unpack'])
  })

  it('resume only the containers that they have paused', async () => {
    for (const id of ['mine', 'theirs'])
      state.containers.set(id, container({ id, state: 'running', mounts: [mount] }))
    pause.mockImplementation((id) => {
      calls.push(`pause ${id}`)
      return id === 'theirs'
        ? Promise.reject(new BerthError('container.paused', { container: id }))
        : Promise.resolve()
    })
    await tasks.ended(await backups.create({ volume: 'data', pause: true }))
    expect(calls).toEqual(['pause mine', 'pause theirs', 'unpause mine'])
  })

  it('pause one after the other, and a cancelled one does not wait', async () => {
    for (const name of ['other', 'third']) state.volumes.set(name, { ...data, name })
    const mounts = ['data', 'other', 'third'].map((source) => ({ ...mount, source }))
    state.containers.set('w', container({ id: 'w', state: 'running', mounts }))
    let begin = (): void => undefined
    download.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => {
        begin = resolve
      })
      return { stream: Readable.from([content]), bytes: undefined }
    })
    const first = await backups.create({ volume: 'data', pause: true })
    await vi.waitFor(() => {
      expect(download).toHaveBeenCalledTimes(1)
    })
    const second = await backups.create({ volume: 'other', pause: true })
    const third = await backups.create({ volume: 'third', pause: true })
    await tasks.cancel(third)
    expect(await tasks.ended(third)).toMatchObject({ state: 'cancelled' })
    expect(calls).toEqual(['pause w'])
    begin()
    for (const id of [first, second]) expect(await tasks.ended(id)).toMatchObject({ state: 'succeeded' })
    expect(calls).toEqual(['pause w', 'unpause w', 'pause w', 'unpause w'])
  })

  it('write the new content to the disk before the last look at the containers', async () => {
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    const id = backups.current.backups[0]?.id ?? ''
    exec.mockImplementation((command) => {
      if (command === 'sync')
        state.containers.set('w', container({ id: 'w', name: 'web', state: 'running', mounts: [mount] }))
      return Promise.resolve({ code: 0, stdout: '', stderr: '' })
    })
    const restore = async () => tasks.ended(await backups.restore({ id, to: 'data', replace: true }))
    const error = { code: 'backup.volume-running', params: { containers: 'web' } }
    expect(await restore()).toMatchObject({ state: 'failed', error })
    const swaps = () => exec.mock.calls.filter(([command]) => command.includes('mountinfo'))
    expect(swaps()).toHaveLength(0)

    // A container mounts the old content during the swap, and the engine reports the container later.
    state.containers.set('w', container({ id: 'w', name: 'web', state: 'exited', mounts: [mount] }))
    exec.mockImplementation((command) =>
      Promise.resolve({ code: command.includes('mountinfo') ? 75 : 0, stdout: '', stderr: '' }),
    )
    expect(await restore()).toMatchObject({ state: 'failed', error })
    expect(swaps()).toHaveLength(1)
  })

  it('are not restored again until an interrupted restore into the volume is undone', async () => {
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    const id = backups.current.backups[0]?.id ?? ''
    const restore = async () => tasks.ended(await backups.restore({ id, to: 'data', replace: true }))
    let isCut = true
    exec.mockImplementation((command) =>
      isCut && command.includes('berth-')
        ? Promise.reject(new BerthError('machine.connection-lost'))
        : Promise.resolve({ code: 0, stdout: '', stderr: '' }),
    )
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await restore()).toMatchObject({ state: 'failed', error: { code: 'machine.connection-lost' } })
    // The second attempt only tries to undo the first one.
    expect(exec.mock.calls.filter(([command]) => command.includes('mkdir'))).toHaveLength(1)
    isCut = false
    exec.mockClear()
    expect(await restore()).toMatchObject({ state: 'succeeded' })
    expect(exec.mock.calls[0]?.[0]).toContain('berth-dead')
  })

  it('of a schedule never remove the new backup, and follow a change of the schedule during the run', async () => {
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + 50 * 3_600_000 })
    const plan = { volume: 'data', rule: { every: 'hours', hours: 1 }, pause: true } as const
    await backups.setSchedule({ ...plan, keep: 1 })
    vi.setSystemTime(now + 52 * 3_600_000)
    await backups.runDue()
    vi.setSystemTime(now)
    await backups.runDue()
    expect(backups.current.backups).toMatchObject([{ createdAt: now }])

    download.mockImplementationOnce(async () => {
      await backups.setSchedule({ ...plan, keep: 3 })
      return { stream: Readable.from([content]), bytes: undefined }
    })
    vi.setSystemTime(now + 3_600_001)
    await backups.runDue()
    expect(backups.current.backups).toHaveLength(2)
    download.mockImplementationOnce(async () => {
      await backups.removeSchedule('data')
      return { stream: Readable.from([content]), bytes: undefined }
    })
    vi.setSystemTime(now + 2 * 3_600_002)
    await backups.runDue()
    expect(backups.current.backups).toHaveLength(3)
  })

  it('of a schedule do not begin after the end of Berth, if they have waited for another job', async () => {
    let begin = (): void => undefined
    download.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => {
        begin = resolve
      })
      return { stream: Readable.from([content]), bytes: undefined }
    })
    const id = await backups.create({ volume: 'data', pause: false })
    await vi.waitFor(() => {
      expect(download).toHaveBeenCalledTimes(1)
    })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await backups.setSchedule({
      volume: 'data',
      rule: { every: 'hours', hours: 1 },
      keep: 1,
      pause: false,
    })
    vi.setSystemTime(Date.now() + 3_600_001)
    const run = backups.runDue()
    backups.close()
    begin()
    await tasks.ended(id)
    await run
    expect(download).toHaveBeenCalledTimes(1)
    expect(backups.current.schedules).toMatchObject([{ lastRunAt: null }])
  })

  it('keep only the newest ones of a schedule, and every one by hand', async () => {
    await tasks.ended(await backups.create({ volume: 'data', pause: false }))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await backups.setSchedule({ volume: 'data', rule: { every: 'hours', hours: 1 }, keep: 2, pause: true })
    for (let run = 0; run < 4; run++) {
      vi.setSystemTime(Date.now() + 3_600_001)
      await backups.runDue()
    }
    expect(backups.current.backups.map(({ scheduled }) => scheduled)).toEqual([true, true, false])
    expect(backups.current.schedules).toMatchObject([{ lastError: null, lastRunAt: Date.now() }])

    download.mockRejectedValue(new BerthError('files.cut-off'))
    vi.setSystemTime(Date.now() + 3_600_001)
    await backups.runDue()
    expect(backups.current.backups).toHaveLength(3)
    expect(backups.current.schedules).toMatchObject([{ lastError: { code: 'files.cut-off' } }])
  })
})
