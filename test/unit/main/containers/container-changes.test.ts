import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { ContainerChanges } from '../../../../src/main/containers/container-changes'
import type { Replacement } from '../../../../src/main/containers/replacement'
import type { EngineChange, Recreatable } from '../../../../src/main/engine'
import { completeSpec } from '../../../../src/shared/run'
import { silentLog } from '../../../support/fake-services'
import { image } from '../../renderer/support'

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
  const old: Recreatable = { id: 'old', name, imageId: 'sha256:1', body, spec }
  return old
}

/** Changes of one container. A pull changes the container, as another program might do in the meantime. */
function setUp(before: Recreatable, after = before) {
  let current = before
  const replaced: Replacement[] = []
  const changes = new ContainerChanges({
    engine: {
      recreation: { read: () => Promise.resolve(current), hasImage: () => Promise.resolve(false) },
      images: {
        find: () => Promise.resolve(image({ id: 'sha256:2' })),
        pull: async function* () {
          current = await Promise.resolve(after)
          yield []
        },
      },
      registryDigest: () => Promise.reject(new Error('no registry')),
    },
    state: new EventEmitter<{ change: [EngineChange] }>(),
    actions: { run: () => Promise.reject(new Error('no run')) },
    replacements: {
      replace: (replacement) => {
        replaced.push(replacement)
        return Promise.resolve({ id: 'new' })
      },
      recover: () => Promise.resolve([]),
    },
    mounts: { bindSource: (path) => Promise.resolve(path), hostPath: (path) => path },
    loginFor: () => Promise.resolve({}),
    log: silentLog,
  })
  const succeeded = () =>
    vi.waitFor(() => {
      expect(changes.list.all[0]).toMatchObject({ state: 'succeeded', containerId: 'new' })
    })
  return { changes, replaced, succeeded }
}

describe('a change of a container that another program changes during the pull', () => {
  it('updates the container as it is after the pull', async () => {
    const { changes, replaced, succeeded } = setUp(
      recreatable(),
      recreatable({ memory: 2 ** 30, name: 'api' }),
    )
    await changes.update('old', true)
    await succeeded()
    expect(replaced).toMatchObject([{ name: 'api', body: { HostConfig: { Memory: 2 ** 30 } } }])
  })

  it('applies only the edited settings to the container as it is after the pull', async () => {
    const { changes, replaced, succeeded } = setUp(
      recreatable(),
      recreatable({ memory: 2 ** 30, name: 'api' }),
    )
    const { request } = await changes.editable('old')
    await changes.edit('old', { ...request, image: 'app:2', user: 'me' })
    await succeeded()
    expect(replaced).toMatchObject([
      {
        name: 'api',
        spec: { name: 'api', image: 'app:2', user: 'me', memory: 2 ** 30 },
        body: { Image: 'app:2', User: 'me', HostConfig: { Memory: 2 ** 30 } },
      },
    ])
  })
})

it('the task of a swarm service cannot be edited or updated', async () => {
  const { changes } = setUp(recreatable({ labels: { 'com.docker.swarm.service.id': 's1' } }))
  const refused = { code: 'container.swarm-task', params: { container: 'web' } }
  await expect(changes.editable('old')).rejects.toMatchObject(refused)
  await expect(changes.edit('old', recreatable().spec)).rejects.toMatchObject(refused)
  await expect(changes.update('old', false)).rejects.toMatchObject(refused)
})
