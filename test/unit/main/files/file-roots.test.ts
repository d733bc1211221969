import { describe, expect, it } from 'vitest'
import { findRoot } from '../../../../src/main/files/file-roots'
import type { ContainerStorage } from '../../../../src/main/engine'

const id = 'a'.repeat(64)
const storage: ContainerStorage = {
  id,
  pid: 0,
  readOnly: true,
  layers: { upper: '/l/x/diff', work: '/l/x/work', lowers: ['/l/x-init/diff', '/l/y/diff'] },
  mounts: [
    { source: '/volumes/inner', target: '/data/inner', readOnly: false },
    { source: '/my folder', target: '/data', readOnly: true },
  ],
}

function engineWith(found: ContainerStorage) {
  return {
    containers: { storage: () => Promise.resolve(found) },
    volumes: { folder: () => Promise.resolve(undefined) },
  }
}
const target = { kind: 'container', id } as const

describe('the root of a container or volume', () => {
  it('is that of a process while the container runs', async () => {
    expect(await findRoot(engineWith({ ...storage, pid: 17 }), target)).toEqual({
      isStopped: false,
      args: [
        'pid=17',
        `id=${id}`,
        'upper=/l/x/diff',
        'work=/l/x/work',
        'lower=/l/x-init/diff',
        'lower=/l/y/diff',
      ],
    })
  })

  it('is made of layers and mounts otherwise, with outer mounts before inner mounts', async () => {
    const { args, isStopped } = await findRoot(engineWith(storage), target)
    expect(isStopped).toBe(true)
    expect(args.slice(4)).toEqual(['ro=/my%20folder:/data', 'rw=/volumes/inner:/data/inner', 'read-only=1'])
  })

  it('is missing for a stopped container of another storage driver, and for the volume of a plugin', async () => {
    const engine = engineWith({ ...storage, layers: undefined })
    await expect(findRoot(engine, target)).rejects.toMatchObject({ code: 'files.stopped-unsupported' })
    await expect(findRoot(engine, { kind: 'volume', name: 'remote' })).rejects.toMatchObject({
      code: 'files.volume-unsupported',
    })
  })
})
