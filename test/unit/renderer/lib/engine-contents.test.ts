import { describe, expect, it } from 'vitest'
import {
  applyEngineEvent,
  emptyContents,
  imageUsers,
  volumeUsers,
} from '../../../../src/renderer/lib/engine-contents'
import { container, image, snapshot, volume } from '../support'

describe('applyEngineEvent', () => {
  it('takes a snapshot as the whole truth', () => {
    const contents = emptyContents()
    applyEngineEvent(contents, { type: 'container', container: container({ id: 'gone' }) })
    applyEngineEvent(contents, snapshot({ containers: [container({ id: 'a' })], images: [image()] }))
    expect([...contents.containers.keys()]).toEqual(['a'])
    expect([...contents.images.keys()]).toEqual(['sha256:demo'])
    expect(contents.live).toBe(true)
    expect(contents.info?.version).toBe('26.1.5')
  })

  it('changes one object and touches nothing else', () => {
    const contents = emptyContents()
    applyEngineEvent(contents, snapshot({ containers: [container({ id: 'a' }), container({ id: 'b' })] }))
    const untouched = contents.containers.get('b')
    const touched = applyEngineEvent(contents, {
      type: 'container',
      container: container({ id: 'a', state: 'exited' }),
    })
    expect(touched).toEqual(['containers'])
    expect(contents.containers.get('a')?.state).toBe('exited')
    expect(contents.containers.get('b')).toBe(untouched)
  })

  it('adds and removes objects of every kind', () => {
    const contents = emptyContents()
    expect(applyEngineEvent(contents, { type: 'image', image: image() })).toEqual(['images'])
    expect(applyEngineEvent(contents, { type: 'volume', volume: volume() })).toEqual(['volumes'])
    expect(applyEngineEvent(contents, { type: 'container', container: container() })).toEqual(['containers'])
    applyEngineEvent(contents, { type: 'image-removed', id: 'sha256:demo' })
    applyEngineEvent(contents, { type: 'volume-removed', name: 'data' })
    applyEngineEvent(contents, { type: 'container-removed', id: container().id })
    expect([contents.images.size, contents.volumes.size, contents.containers.size]).toEqual([0, 0, 0])
  })

  it('bears the removal of what it never knew', () => {
    const contents = emptyContents()
    expect(() => applyEngineEvent(contents, { type: 'container-removed', id: 'x' })).not.toThrow()
  })

  it('keeps what is shown when the machine goes offline, and says that it may be out of date', () => {
    const contents = emptyContents()
    applyEngineEvent(contents, snapshot({ containers: [container()] }))
    expect(applyEngineEvent(contents, { type: 'offline' })).toEqual(['live'])
    expect(contents.live).toBe(false)
    expect(contents.containers.size).toBe(1)
  })
})

describe('users', () => {
  const mount = { type: 'volume' as const, source: 'data', destination: '/data', readOnly: false }

  it('finds the containers that mount a volume, running or not', () => {
    const users = [
      container({ id: 'a', mounts: [mount] }),
      container({ id: 'b', mounts: [mount], state: 'exited' }),
      container({ id: 'c', mounts: [{ ...mount, type: 'bind' }] }),
      container({ id: 'd', mounts: [{ ...mount, source: 'other' }] }),
    ]
    expect(volumeUsers(users, 'data').map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('finds the containers of an image by its id, whatever tag they were run from', () => {
    const users = [container({ id: 'a', image: 'demo:1.0' }), container({ id: 'b', imageId: 'sha256:other' })]
    expect(imageUsers(users, 'sha256:demo').map(({ id }) => id)).toEqual(['a'])
  })
})
