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
    measure: vi.fn(() => Promise.resolve({ bytes: 60, free: 100 })),
    copy: vi.fn<ContainerChangesOptions['layerFolders']['copy']>(() => Promise.resolve()),
  }
  const one = container({ id: 'old', name: before.name })
  const volumes = new Set(['taken'])
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
        find: () => Promise.resolve(image({ id: 'sha256:2' })),
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
      recover: () => Promise.resolve([]),
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
  return { changes, pulls, replaced, succeeded, layerFolders, one }
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
    await plan?.fill?.()
    expect(layerFolders.copy).toHaveBeenCalledWith(
      { id: 'old', path: '/srv/my%20db' },
      expect.objectContaining({ volume: 'data' }),
    )
  })

  it('is refused if there is no space, or already a volume of the name', async () => {
    const { changes, layerFolders } = setUp(recreatable())
    await expect(changes.move('old', '/srv', 'taken')).rejects.toMatchObject({ code: 'volume.name-taken' })
    layerFolders.measure.mockResolvedValueOnce({ bytes: 101, free: 100 })
    await expect(changes.move('old', '/srv', 'data')).rejects.toMatchObject({ code: 'volume.no-space' })
  })

  it('is refused for a container of compose, one that is removed on stop, and a system folder', async () => {
    const composed = setUp(recreatable({ labels: { [composeLabels.project]: 'shop' } }))
    await expect(composed.changes.moveState('old', '/srv')).rejects.toMatchObject({ code: 'hint.compose' })
    const { changes, one } = setUp(recreatable())
    for (const folder of ['/', '/usr/share', '/var/lib', '/data/%FF'])
      await expect(changes.moveState('old', folder), folder).rejects.toMatchObject({
        code: 'files.not-allowed',
      })
    one.autoRemove = true
    await expect(changes.moveState('old', '/srv')).rejects.toMatchObject({
      code: 'container.removed-on-stop',
    })
  })
})
