import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ContainerChanges,
  type ContainerChangesOptions,
} from '../../../../src/main/containers/container-changes'
import type { Replacement } from '../../../../src/main/containers/replacement'
import type { Recovered } from '../../../../src/main/containers/replacement-recovery'
import type { EngineChange, Recreatable } from '../../../../src/main/engine'
import { Tasks } from '../../../../src/main/tasks/tasks'
import { composeLabels } from '../../../../src/shared/compose'
import { completeSpec } from '../../../../src/shared/run'
import { silentLog } from '../../../support/fake-services'
import { container, image, volume } from '../../renderer/support'

function recreatable(change: { memory?: number; name?: string; labels?: Record<string, string> } = {}) {
  const { memory = 0, name = 'web', labels = {} } = change
  const spec = completeSpec({
    image: 'app:1',
    command: [],
    environment: [],
    ports: [],
    volumes: [],
    autoRemove: false,
    tty: false,
    name,
    memory,
  })
  const body = {
    Image: 'app:1',
    Labels: labels,
    HostConfig: { Memory: memory },
    NetworkingConfig: { EndpointsConfig: {} },
  }
  const old: Recreatable = { id: 'old', name, imageId: 'sha256:1', platform: 'linux/arm64', body, spec }
  return old
}

let folder: string
let tasks: Tasks

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-changes-'))
  tasks = await Tasks.open({ folder: join(folder, 'tasks'), log: silentLog })
})
afterEach(async () => {
  await tasks.closeAll()
  await rm(folder, { recursive: true })
})

/** Changes of one container. A pull changes the container, as another program might do in the meantime. */
function setUp(before: Recreatable, after = before, hasPlatform = true) {
  const layerFolders = {
    measure: vi.fn<ContainerChangesOptions['layerFolders']['measure']>(() =>
      Promise.resolve({ bytes: 60, free: 10 ** 9 }),
    ),
    writtenElsewhere: vi.fn(() => Promise.resolve<number | undefined>(7)),
    copy: vi.fn<ContainerChangesOptions['layerFolders']['copy']>(() => Promise.resolve()),
  }
  const one = container({ id: 'old', name: before.name })
  const volumes = new Set(['taken'])
  const tag = { means: 'sha256:2' }
  const recovered: Recovered[] = []
  let current = before
  const pulls: (string | undefined)[] = []
  const replaced: Replacement[] = []
  const changes = new ContainerChanges({
    engine: {
      recreation: {
        read: () => Promise.resolve(current),
        hasImage: (_reference, platform) => Promise.resolve(platform !== '' && hasPlatform),
      },
      images: {
        find: () => Promise.resolve(image({ id: tag.means })),
        pull: async function* (_reference, { platform }) {
          pulls.push(platform)
          current = await Promise.resolve(after)
          yield []
        },
      },
      containers: { get: () => Promise.resolve(one) },
      volumes: { find: (name) => Promise.resolve(volumes.has(name) ? volume({ name }) : undefined) },
      registryDigest: () => Promise.reject(new Error('no registry')),
    },
    state: new EventEmitter<{ change: [EngineChange] }>(),
    actions: { run: () => Promise.reject(new Error('no run')) },
    replacements: {
      replace: (replacement) => {
        replaced.push(replacement)
        return Promise.resolve({ id: 'new', addresses: [] })
      },
      recover: () => Promise.resolve(recovered),
    },
    mounts: { bindSource: (path) => Promise.resolve(path), hostPath: (path) => path },
    layerFolders,
    loginFor: () => Promise.resolve({}),
    tasks,
    log: silentLog,
  })
  const succeeded = async (id: string) => {
    expect(await tasks.ended(id)).toMatchObject({ state: 'succeeded', result: { containerId: 'new' } })
  }
  const change = (now: Recreatable): void => {
    current = now
  }
  return { changes, pulls, replaced, succeeded, layerFolders, one, tag, change, recovered }
}

describe('a change of a container that another program changes during the pull', () => {
  it('updates the container as it is after the pull', async () => {
    const { changes, replaced, succeeded } = setUp(
      recreatable(),
      recreatable({ memory: 2 ** 30, name: 'api' }),
    )
    await succeeded(await changes.update('old', true))
    expect(replaced).toMatchObject([{ name: 'api', body: { HostConfig: { Memory: 2 ** 30 } } }])
  })

  it('applies only the edited settings to the container as it is after the pull', async () => {
    const { changes, replaced, succeeded } = setUp(
      recreatable(),
      recreatable({ memory: 2 ** 30, name: 'api' }),
    )
    const { request } = await changes.editable('old')
    await succeeded(await changes.edit('old', { ...request, image: 'app:2', user: 'me' }))
    expect(replaced).toMatchObject([
      {
        name: 'api',
        spec: { name: 'api', image: 'app:2', user: 'me', memory: 2 ** 30 },
        body: { Image: 'app:2', User: 'me', HostConfig: { Memory: 2 ** 30 } },
      },
    ])
  })
})

it('an update keeps the platform of the container', async () => {
  const { changes, pulls, succeeded } = setUp(recreatable())
  await succeeded(await changes.update('old', true))
  expect(pulls).toEqual(['linux/arm64'])
  const other = setUp(recreatable(), recreatable(), false)
  expect(await tasks.ended(await other.changes.update('old', false))).toMatchObject({
    state: 'failed',
    error: { code: 'image.other-platform', params: { image: 'app:1', platform: 'linux/arm64' } },
  })
  expect(other.replaced).toEqual([])
})

it('the task of a swarm service cannot be edited or updated', async () => {
  const { changes } = setUp(recreatable({ labels: { 'com.docker.swarm.service.id': 's1' } }))
  const refused = { code: 'container.swarm-task', params: { container: 'web' } }
  await expect(changes.editable('old')).rejects.toMatchObject(refused)
  await expect(changes.edit('old', recreatable().spec)).rejects.toMatchObject(refused)
  await expect(changes.update('old', false)).rejects.toMatchObject(refused)
})

describe('a move of data to a volume', () => {
  it('replaces the container by one with the volume, which only the copy fills', async () => {
    const { changes, replaced, succeeded, layerFolders } = setUp(recreatable())
    await succeeded(await changes.move('old', '/srv/my%20db', 'data'))
    const [plan] = replaced
    expect(plan).toMatchObject({
      spec: { volumes: [{ volume: 'data', path: '/srv/my db', readOnly: false }] },
      body: {
        HostConfig: {
          Mounts: [{ Type: 'volume', Source: 'data', Target: '/srv/my db', VolumeOptions: { NoCopy: true } }],
        },
      },
    })
    expect(layerFolders.copy).not.toHaveBeenCalled()
    await plan?.fill?.copy()
    expect(plan?.fill?.volume).toBe('data')
    expect(layerFolders.copy).toHaveBeenCalledWith(
      { id: 'old', path: '/srv/my%20db' },
      expect.objectContaining({ volume: 'data' }),
    )
  })

  it('shows what the new container will not have', async () => {
    const { changes, layerFolders } = setUp(recreatable())
    expect(await changes.moveState('old', '/srv')).toEqual({ bytes: 60, free: 10 ** 9, elsewhere: 7 })
    layerFolders.writtenElsewhere.mockResolvedValueOnce(undefined)
    expect(await changes.moveState('old', '/srv')).toMatchObject({ elsewhere: null })
  })

  it('is refused if there is already a volume of the name', async () => {
    const { changes } = setUp(recreatable())
    await expect(changes.move('old', '/srv', 'taken')).rejects.toMatchObject({ code: 'volume.name-taken' })
  })

  it('changes nothing if there is no space for the copy and what must stay free', async () => {
    const { changes, layerFolders, replaced } = setUp(recreatable())
    layerFolders.measure.mockResolvedValueOnce({ bytes: 60, free: 60 + 64 * 1024 ** 2 - 1 })
    expect(await tasks.ended(await changes.move('old', '/srv', 'data'))).toMatchObject({
      state: 'failed',
      error: { code: 'volume.no-space' },
      detail: { steps: [{ name: 'measure', state: 'done' }] },
    })
    expect(replaced).toEqual([])
  })

  it('can be cancelled while it measures the folder', async () => {
    const { changes, layerFolders, replaced } = setUp(recreatable())
    layerFolders.measure.mockImplementationOnce(
      (_folder, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error)
          })
        }),
    )
    const id = await changes.move('old', '/srv', 'data')
    await tasks.cancel(id)
    expect(await tasks.ended(id)).toMatchObject({ state: 'cancelled' })
    expect(replaced).toEqual([])
  })

  it('keeps what another program has changed while the folder was measured', async () => {
    const { changes, layerFolders, replaced, succeeded, change } = setUp(recreatable())
    layerFolders.measure.mockImplementationOnce(() => {
      change(recreatable({ memory: 2 ** 30, name: 'api' }))
      return Promise.resolve({ bytes: 60, free: 10 ** 9 })
    })
    await succeeded(await changes.move('old', '/srv', 'data'))
    expect(replaced).toMatchObject([{ name: 'api', body: { HostConfig: { Memory: 2 ** 30 } } }])
  })

  it.each([
    ['sha256:1', 'app:1'],
    ['sha256:2', 'sha256:1'],
  ])('changes no image if the tag means %s', async (means, used) => {
    const { changes, replaced, succeeded, tag } = setUp(recreatable())
    tag.means = means
    await succeeded(await changes.move('old', '/srv', 'data'))
    expect(replaced).toMatchObject([{ spec: { image: 'app:1' }, body: { Image: used } }])
  })

  it('is refused for a container of compose, one that is removed on stop, and a system folder', async () => {
    // The image has the same label, so the blueprint lacks it.
    const composed = setUp(recreatable())
    composed.one.labels = { [composeLabels.project]: 'shop' }
    await expect(composed.changes.moveState('old', '/srv')).rejects.toMatchObject({ code: 'hint.compose' })
    const { changes, one } = setUp(recreatable())
    for (const folder of ['/', '/usr/share', '/var/lib', '/data/%FF'])
      await expect(changes.moveState('old', folder), folder).rejects.toMatchObject({
        code: 'hint.system-folder',
      })
    one.autoRemove = true
    await expect(changes.moveState('old', '/srv')).rejects.toMatchObject({
      code: 'container.removed-on-stop',
    })
  })
})

describe('the report of an interrupted change', () => {
  const restored = { name: 'web', containerId: 'old', outcome: 'restored' } as const

  it.each([
    [[], 'container.change-interrupted', {}],
    [['data', 'more'], 'container.interrupted-in-use', { volumes: 'data, more' }],
  ])('names the volumes that stay: %j', async (keptVolumes, code, params) => {
    const { changes, recovered } = setUp(recreatable())
    recovered.push({ ...restored, keptVolumes })
    await changes.recover()
    const [task] = tasks.list()
    expect(await tasks.ended(task?.id ?? '')).toMatchObject({
      state: 'failed',
      error: { code, params: { container: 'web', ...params } },
      detail: { restored: true },
    })
  })
})
