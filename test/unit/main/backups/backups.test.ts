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
        containers: { pause: (id) => call(`pause ${id}`), unpause: (id) => call(`unpause ${id}`) },
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
          return { code: 0, stdout: '', stderr: '' }
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
