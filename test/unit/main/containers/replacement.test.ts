import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChangeProgress } from '../../../../src/main/containers/change-progress'
import { Replacements } from '../../../../src/main/containers/replacement'
import { type JournalEntry, parkedName } from '../../../../src/main/containers/replacement-journal'
import { EngineResponseError } from '../../../../src/main/engine/client'
import { engineError } from '../../../../src/main/engine/engine-errors'
import type { EngineChange } from '../../../../src/main/engine/engine-state'
import type { Container } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { Volume } from '../../../../src/shared/volumes'
import type { Network } from '../../../../src/shared/networks'
import { isParkedName, unparkedName } from '../../../../src/shared/parked-names'
import { completeSpec } from '../../../../src/shared/run'
import { silentLog } from '../../../support/fake-services'
import { container, volume } from '../../renderer/support'

class State extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  readonly networks = new Map<string, Network>()
  isOnline = true
  readonly refreshContainer = () => Promise.resolve()
}

const spec = completeSpec({
  image: 'demo:latest',
  command: [],
  environment: [],
  ports: [],
  volumes: [{ volume: 'data', path: '/data', readOnly: false }],
  autoRemove: false,
  tty: false,
})
const body = {
  Image: 'demo:latest',
  HostConfig: { RestartPolicy: { Name: 'always' } },
  NetworkingConfig: { EndpointsConfig: {} },
}
const old = { id: 'old', name: 'web', imageId: 'sha256:demo', platform: 'linux/amd64', body, spec }
const entry: JournalEntry = {
  oldId: 'old',
  name: 'web',
  parkedName: 'web-before-00000000',
  newName: 'web',
  wasRunning: true,
  restartPolicy: { Name: 'always' },
  startedAt: 1_000_000,
  image: 'demo:latest',
  newId: 'new',
  newVolumes: ['data'],
  phase: 'changing',
}

/** An engine in memory. A call fails if the test requires it. */
function setUp() {
  const state = new State()
  const { containers } = state
  const calls: string[] = []
  const failures = new Map<string, Error>()
  const entries = new Map<string, JournalEntry>()
  const volumes = new Map<string, Volume>()
  function call(name: string, act: () => void = () => undefined): Promise<void> {
    calls.push(name)
    const failure = failures.get(name)
    if (failure !== undefined) return Promise.reject(failure)
    act()
    return Promise.resolve()
  }
  const change = (id: string, update: Partial<Container>): void => {
    containers.set(id, { ...(containers.get(id) ?? container()), ...update })
  }
  const start = (id: string) =>
    call(`start ${id}`, () => {
      change(id, { state: 'running' })
    })
  const get = (id: string): Promise<Container> => {
    const found = containers.get(id)
    return found === undefined
      ? Promise.reject(new BerthError('container.not-found', { container: id }))
      : Promise.resolve(found)
  }
  const options = {
    engine: {
      containers: {
        find: (id: string) =>
          Promise.resolve(containers.get(id) ?? [...containers.values()].find(({ name }) => name === id)),
        get,
        start,
        stop: (id: string) =>
          call(`stop ${id}`, () => {
            change(id, { state: 'exited' })
          }),
        rename: (id: string, name: string) =>
          call(`rename ${id} ${name.replace(/[0-9a-f]{8}$/, '*')}`, () => {
            change(id, { name })
          }),
        remove: (id: string) => call(`remove ${id}`, () => containers.delete(id)),
        logs: async function* () {
          yield await Promise.resolve({ entries: [] })
        },
      },
      recreation: {
        create: async () => {
          await call('create', () => {
            change('new', { id: 'new', name: 'web', state: 'created', startedAt: null })
          })
          return { id: 'new' }
        },
        setRestartPolicy: (id: string, { Name }: { Name: string }) => call(`policy ${id} ${Name}`),
        lastState: () => Promise.resolve({ exitCode: 1, healthOutput: '' }),
      },
      volumes: {
        find: (name: string) => Promise.resolve(volumes.get(name)),
        remove: (name: string) => call(`remove volume ${name}`),
      },
    },
    state,
    ports: {
      reserve: () => Promise.resolve({ settle: () => call('settle'), handOver: () => undefined }),
    },
    mounts: { beforeStart: () => Promise.resolve() },
    actions: { start },
    journal: {
      entries: () => Promise.resolve([...entries.values()]),
      put: (one: JournalEntry) => {
        const failure = failures.get('journal')
        if (failure !== undefined && one.newIsGone === true) return Promise.reject(failure)
        entries.set(one.oldId, one)
        return Promise.resolve()
      },
      remove: ({ parkedName }: { parkedName: string }) => {
        for (const [id, one] of entries) if (one.parkedName === parkedName) entries.delete(id)
        return Promise.resolve()
      },
    },
    renamed: (before: string, name: string) => call(`renamed ${before} ${name}`),
    log: silentLog,
    settleMs: 1,
  }
  change('old', { id: 'old', name: 'web', state: 'running' })
  const replacements = new Replacements(options)
  return { state, calls, failures, entries, volumes, containers, change, replacements }
}

const progress: ChangeProgress = {
  signal: new AbortController().signal,
  step: (_name, act) => act(),
  layers: () => undefined,
  bytes: () => undefined,
  log: () => undefined,
  commit: () => undefined,
  restored: () => undefined,
}
const startFailed = new BerthError('container.start-failed', { reason: 'no such command' })

describe('the replacement of a container', () => {
  let fake: ReturnType<typeof setUp>
  beforeEach(() => {
    fake = setUp()
  })
  const replace = (name = 'web') => fake.replacements.replace({ old, body, spec, name }, progress)

  it('takes the restart policy away from the old container before it stops', async () => {
    expect(await replace()).toEqual({ id: 'new', addresses: [] })
    expect(fake.calls).toEqual([
      'rename old web-before-*',
      'create',
      'policy old no',
      'stop old',
      'start new',
      'settle',
      'settle',
      'remove old',
    ])
    expect(fake.entries.size).toBe(0)
  })

  describe('with a volume that is filled from the old container', () => {
    const copy = vi.fn<() => Promise<void>>()
    const fill = { volume: 'data', copy }
    const move = () => fake.replacements.replace({ old, body, spec, name: 'web', fill }, progress)
    beforeEach(() => {
      copy.mockReset().mockImplementation(() => {
        fake.calls.push('fill')
        return Promise.resolve()
      })
    })

    it('fills it after the old container has stopped, and before the new one starts', async () => {
      await move()
      expect(fake.calls.slice(3, 6)).toEqual(['stop old', 'fill', 'start new'])
    })

    it('fills it also if the container does not run', async () => {
      fake.change('old', { state: 'exited' })
      await move()
      expect(fake.calls.slice(2)).toEqual(['policy old no', 'fill', 'settle', 'remove old'])
    })

    it('brings the old container back and removes the volume if it cannot be filled', async () => {
      const full = new BerthError('disk.full')
      copy.mockReset().mockRejectedValue(full)
      await expect(move()).rejects.toBe(full)
      expect(fake.calls).not.toContain('start new')
      // On a full disk, the engine can write nothing before the volume is gone.
      expect(fake.calls.slice(-5)).toEqual([
        'remove new',
        'remove volume data',
        'rename old web',
        'policy old always',
        'start old',
      ])
    })

    it('does not begin if somebody has made a volume of this name', async () => {
      fake.volumes.set('data', volume({ name: 'data' }))
      await expect(move()).rejects.toMatchObject({ code: 'volume.name-taken', params: { volume: 'data' } })
      expect(fake.calls).toEqual([])
      expect(fake.entries.size).toBe(0)
    })

    it('does not begin the copy if somebody has started the old container again', async () => {
      fake.change('old', { state: 'exited' })
      fake.calls.push = function (...names: string[]) {
        if (names.includes('policy old no')) fake.change('old', { state: 'running' })
        return Array.prototype.push.apply(this, names)
      }
      await expect(move()).rejects.toMatchObject({ code: 'container.used-meanwhile' })
      expect(copy).not.toHaveBeenCalled()
    })

    it.each([
      ['starts the new one', 'new', { state: 'running', startedAt: 5 }],
      ['starts the old one', 'old', { state: 'running', startedAt: 5 }],
      ['starts and stops the old one', 'old', { startedAt: 5, finishedAt: 6 }],
    ] as const)('takes the way back if somebody %s during the copy', async (_, id, update) => {
      copy.mockReset().mockImplementation(() => {
        fake.change(id, update)
        return Promise.resolve()
      })
      const used = { code: 'container.used-meanwhile', params: { container: 'web' } }
      await expect(move()).rejects.toMatchObject(used)
      expect(fake.calls).not.toContain('start new')
      expect(fake.calls).toContain('remove volume data')
      expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
    })

    it.each(['old', 'new'])('does not go on if somebody removes the %s one during the copy', async (id) => {
      copy.mockReset().mockImplementation(() => {
        fake.containers.delete(id)
        return Promise.resolve()
      })
      const isOld = id === 'old'
      const code = isOld ? 'container.not-restored' : 'container.used-meanwhile'
      await expect(move()).rejects.toMatchObject({ code })
      expect(fake.calls).not.toContain('start new')
      // What has been copied is all that is left of the data.
      expect(fake.calls.includes('remove volume data')).toBe(!isOld)
    })
  })

  it('reports the new name of a container, so that its group keeps it', async () => {
    await replace('api')
    expect(fake.calls).toContain('renamed web api')
  })

  it('brings the old container back with its restart policy, after it has removed the new volumes', async () => {
    fake.failures.set('start new', startFailed)
    fake.failures.set('settle', new Error('no forwarder'))
    await expect(replace()).rejects.toBe(startFailed)
    expect(fake.calls.slice(4)).toEqual([
      'start new',
      'settle',
      'remove new',
      'remove volume data',
      'rename old web',
      'policy old always',
      'start old',
    ])
    expect(fake.entries.size).toBe(0)
  })

  it('brings the old container back even if the journal cannot be written', async () => {
    fake.failures.set('start new', startFailed)
    fake.failures.set('journal', new BerthError('host.no-space'))
    await expect(replace()).rejects.toBe(startFailed)
    expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
  })

  it('brings the old container back even if a new volume cannot be removed', async () => {
    fake.failures.set('start new', startFailed)
    fake.failures.set(
      'remove volume data',
      new BerthError('volume.in-use', { volume: 'data', containers: 'x' }),
    )
    await expect(replace()).rejects.toBe(startFailed)
    expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
    expect(fake.entries.size).toBe(0)
  })

  describe('whose new volume cannot be removed', () => {
    beforeEach(async () => {
      fake.failures.set('start new', startFailed)
      fake.failures.set('remove volume data', new BerthError('engine.unreachable'))
      await expect(replace()).rejects.toBe(startFailed)
      expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
      fake.change('old', { state: 'exited' })
      fake.calls.length = 0
    })

    it('removes only the volume at the next connections, until this works', async () => {
      fake.volumes.set('data', volume({ name: 'data', createdAt: 1 }))
      expect(await fake.replacements.recover()).toEqual([])
      expect(fake.entries.get('old')).toMatchObject({ phase: 'restored', newVolumes: ['data'] })
      fake.failures.clear()
      expect(await fake.replacements.recover()).toEqual([])
      expect(fake.calls).toEqual(['remove volume data', 'remove volume data'])
      expect(fake.entries.size).toBe(0)
    })

    it('keeps a later volume of the same name', async () => {
      fake.volumes.set('data', volume({ name: 'data', createdAt: Date.now() + 60_000 }))
      expect(await fake.replacements.recover()).toEqual([])
      expect(fake.calls).toEqual([])
      expect(fake.entries.size).toBe(0)
    })
  })

  it('removes nothing a second time if the old container does not start', async () => {
    fake.failures.set('start new', startFailed)
    fake.failures.set('start old', startFailed)
    await expect(replace()).rejects.toMatchObject({ code: 'container.not-restored' })
    expect(fake.entries.get('old')).toMatchObject({ newIsGone: true, newVolumes: [] })
    fake.failures.clear()
    fake.calls.length = 0
    expect(await fake.replacements.recover()).toMatchObject([{ outcome: 'restored' }])
    expect(fake.calls).toEqual(['policy old always', 'start old'])
  })

  it('leaves the old container to the recovery while the engine is offline', async () => {
    const lost = new BerthError('machine.connection-lost')
    fake.failures.set('start new', lost)
    fake.calls.push = function (...names: string[]) {
      if (names.includes('start new')) fake.state.isOnline = false
      return Array.prototype.push.apply(this, names)
    }
    await expect(replace()).rejects.toMatchObject({ code: 'container.not-restored', cause: lost })
    expect(fake.calls).not.toContain('remove new')
    expect(await fake.replacements.recover()).toMatchObject([{ name: 'web', outcome: 'restored' }])
    expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
  })

  it('keeps a container of another program that has taken the name', async () => {
    fake.change('other', { id: 'other', name: 'web', state: 'created', createdAt: Date.now() })
    const taken = 'Conflict. The container name "/web" is already in use by container "other".'
    fake.failures.set('create', engineError(new EngineResponseError(409, taken)))
    await expect(replace()).rejects.toMatchObject({ code: 'container.name-taken' })
    expect(fake.calls).not.toContain('remove other')
  })

  it('keeps the new container if the old one is gone', async () => {
    fake.failures.set('start new', startFailed)
    fake.failures.set('stop old', new BerthError('container.not-found', { container: 'web' }))
    fake.calls.push = function (...names: string[]) {
      if (names.includes('stop old')) fake.containers.delete('old')
      return Array.prototype.push.apply(this, names)
    }
    await expect(replace()).rejects.toMatchObject({ code: 'container.not-restored' })
    expect(fake.calls).not.toContain('remove new')
    expect(fake.entries.size).toBe(0)
  })
})

describe('the recovery of a replacement', () => {
  let fake: ReturnType<typeof setUp>
  beforeEach(() => {
    fake = setUp()
    fake.change('old', { name: entry.parkedName, state: 'exited' })
    fake.entries.set('old', entry)
  })

  it('does not keep the next replacement from its recovery if it fails', async () => {
    fake.change('other', { id: 'other', name: 'db', state: 'running' })
    const other = { oldId: 'other', name: 'db', newName: 'db', parkedName: 'db-before-00000000' }
    fake.entries.set('other', { ...entry, ...other, newIsGone: true })
    fake.failures.set('remove new', new BerthError('engine.unreachable'))
    expect(await fake.replacements.recover()).toEqual([
      { name: 'db', containerId: 'other', outcome: 'restored', keptVolumes: [] },
    ])
    expect([...fake.entries.keys()]).toEqual(['old'])
  })

  it.each([
    ['has started and ended', { state: 'exited', startedAt: 5 }, true],
    ['has never started', { state: 'created', startedAt: null }, false],
  ] as const)('keeps the new volumes only if the new container %s', async (_, update, used) => {
    fake.change('new', { id: 'new', name: 'web', ...update })
    const keptVolumes = used ? ['data'] : []
    expect(await fake.replacements.recover()).toMatchObject([{ outcome: 'restored', keptVolumes }])
    expect(fake.calls.includes('remove volume data')).toBe(!used)
    expect(fake.calls).toContain('remove new')
    expect(fake.containers.get('old')).toMatchObject({ name: 'web', state: 'running' })
  })

  it('keeps the used volumes also if it is interrupted after the new container is gone', async () => {
    fake.change('new', { id: 'new', name: 'web', startedAt: 5 })
    fake.failures.set('start old', startFailed)
    let noted: JournalEntry | undefined
    fake.calls.push = function (...names: string[]) {
      if (names.includes('remove new')) noted = fake.entries.get('old')
      return Array.prototype.push.apply(this, names)
    }
    expect(await fake.replacements.recover()).toEqual([])
    expect(noted).toMatchObject({ newVolumes: [], keptVolumes: ['data'] })
    fake.failures.clear()
    expect(await fake.replacements.recover()).toMatchObject([{ keptVolumes: ['data'] }])
    expect(fake.calls).not.toContain('remove volume data')
  })

  it.each([
    ['of the same image and time', { createdAt: entry.startedAt }, true],
    ['of another image', { createdAt: entry.startedAt, image: 'other' }, false],
    ['that is older than the replacement', { createdAt: 1 }, false],
  ])('knows its own container of unknown id: a container %s', async (_, update, isOwn) => {
    const { newId = '', ...unrecorded } = entry
    fake.entries.set('old', unrecorded)
    fake.change(newId, { id: newId, name: 'web', state: 'created', ...update })
    await fake.replacements.recover()
    expect(fake.calls.includes('remove new')).toBe(isOwn)
  })

  it.each([
    ['is parked', {}, false, true],
    ['runs again under its parked name, and the new one is gone', { state: 'running' }, false, false],
    ['has its name back, and the new one is gone', { name: 'web' }, false, false],
    ['runs again under its parked name, beside the new one', { state: 'running' }, true, true],
  ] as const)(
    'removes a replaced container only if the user does not use it again: it %s',
    async (_, update, newExists, removed) => {
      fake.entries.set('old', { ...entry, phase: 'replaced' })
      fake.change('old', update)
      if (newExists) fake.change('new', { id: 'new', name: 'web' })
      await fake.replacements.recover()
      expect(fake.containers.has('old')).toBe(!removed)
      expect(fake.calls.includes('policy old always')).toBe(!removed)
      expect(fake.entries.size).toBe(0)
    },
  )
})

describe('a parked name', () => {
  it('belongs to one container', () => {
    const long = 'a'.repeat(250)
    expect(isParkedName(parkedName('web'), 'web')).toBe(true)
    expect(isParkedName(parkedName(long), long)).toBe(true)
    expect(isParkedName(parkedName('web'), 'db')).toBe(false)
    expect(isParkedName('web-before-friday', 'web')).toBe(false)
    expect(isParkedName('web', 'web')).toBe(false)
    expect(unparkedName(parkedName('web'))).toBe('web')
    expect(unparkedName(parkedName('web-before-00000000'))).toBe('web-before-00000000')
    expect(unparkedName('web-before-friday')).toBe('web-before-friday')
  })
})
