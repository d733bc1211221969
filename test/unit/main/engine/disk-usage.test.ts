import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kindUsages } from '../../../../src/main/engine/disk-usage'
import { Engine } from '../../../../src/main/engine/engine'
import { diskUsageSchema } from '../../../../src/main/engine/schemas'
import { EngineServer } from '../../../support/engine-server'

/** An answer of docker 26. */
const answer = {
  LayersSize: 1_000,
  Images: [
    { Id: 'sha256:aaa', RepoTags: ['web:1'], Size: 700, SharedSize: 300, Containers: 1 },
    { Id: 'sha256:bbb', RepoTags: ['old:1', 'old:2'], Size: 600, SharedSize: 300, Containers: 0 },
    { Id: `sha256:0123456789ab${'c'.repeat(52)}`, RepoTags: null, Size: 300, SharedSize: -1, Containers: 0 },
  ],
  Containers: [
    { Id: 'c1', Names: ['/web'], State: 'running', SizeRw: 10 },
    { Id: 'c2', Names: ['/done'], State: 'exited', SizeRw: 5 },
    { Id: 'c3', Names: ['/new'], State: 'created' },
  ],
  Volumes: [
    { Name: 'data', UsageData: { Size: 100, RefCount: 1 } },
    { Name: 'spare', UsageData: { Size: 40, RefCount: 0 } },
    { Name: 'remote', UsageData: { Size: -1, RefCount: -1 } },
  ],
  BuildCache: [
    { ID: 'x', Description: '[1/2] FROM web', InUse: true, Shared: true, Size: 500 },
    { ID: 'y', Description: '[2/2] RUN make', InUse: false, Shared: false, Size: 60 },
  ],
}

describe('the engine’s disk usage', () => {
  it('is summed up by kind, with the names of unused objects', () => {
    expect(kindUsages(diskUsageSchema.parse(answer))).toEqual([
      {
        kind: 'images',
        count: 3,
        bytes: 1_000,
        reclaimable: { count: 2, bytes: 600, names: ['0123456789ab', 'old:1', 'old:2'] },
      },
      {
        kind: 'containers',
        count: 3,
        bytes: 15,
        reclaimable: { count: 2, bytes: 5, names: ['done', 'new'] },
      },
      {
        kind: 'volumes',
        count: 3,
        bytes: 140,
        reclaimable: { count: 1, bytes: 40, names: ['spare'] },
      },
      {
        kind: 'build-cache',
        count: 2,
        bytes: 60,
        reclaimable: { count: 1, bytes: 60, names: ['[2/2] RUN make'] },
      },
    ])
  })

  it('is zero in a new engine', () => {
    const empty = diskUsageSchema.parse({ LayersSize: 0, Images: null, Containers: null, Volumes: null })
    for (const { count, bytes, reclaimable } of kindUsages(empty))
      expect({ count, bytes, reclaimable }).toEqual({
        count: 0,
        bytes: 0,
        reclaimable: { count: 0, bytes: 0, names: [] },
      })
  })

  it('contains no reclaimable image if every image is in use', () => {
    const [images] = kindUsages(diskUsageSchema.parse({ ...answer, Images: answer.Images.slice(0, 1) }))
    expect(images?.reclaimable).toEqual({ count: 0, bytes: 0, names: [] })
  })
})

describe('pruning', () => {
  let server: EngineServer
  let engine: Engine
  beforeEach(async () => {
    server = await EngineServer.listen()
    engine = new Engine({ link: server.link })
  })
  afterEach(async () => {
    engine.close()
    await server.close()
  })

  it('removes all unused images, and counts the removed images, not their names and layers', async () => {
    server.json('GET /images/json', [{ Id: 'sha256:a' }, { Id: 'sha256:b' }])
    server.json('POST /images/prune', {
      ImagesDeleted: [{ Untagged: 'old:1' }, { Deleted: 'sha256:b' }, { Deleted: 'sha256:layer' }],
      SpaceReclaimed: 600,
    })
    expect(await engine.disk.prune('images')).toEqual({ removed: 1, bytes: 600 })
    expect(decodeURIComponent(server.requests[1] ?? '')).toContain('filters={"dangling":["false"]}')
  })

  it('removes stopped containers', async () => {
    server.json('POST /containers/prune', { ContainersDeleted: ['c2', 'c3'], SpaceReclaimed: 5 })
    expect(await engine.disk.prune('containers')).toEqual({ removed: 2, bytes: 5 })
  })

  it('empties the whole build cache', async () => {
    server.json('POST /build/prune', { CachesDeleted: null, SpaceReclaimed: 0 })
    expect(await engine.disk.prune('build-cache')).toEqual({ removed: 0, bytes: 0 })
    expect(server.requests).toEqual(['POST /build/prune?all=true'])
  })
})
