import { describe, expect, it } from 'vitest'
import { applyEngineEvent, emptyContents } from '../../../../src/renderer/lib/apply-engine-event'
import { container, image, network, snapshot, volume } from '../support'

describe('applyEngineEvent', () => {
  it('replaces all contents when a snapshot arrives', () => {
    const contents = emptyContents()
    applyEngineEvent(contents, { type: 'container', container: container({ id: 'gone' }) })
    applyEngineEvent(contents, snapshot({ containers: [container({ id: 'a' })], images: [image()] }))
    expect([...contents.containers.keys()]).toEqual(['a'])
    expect([...contents.images.keys()]).toEqual(['sha256:demo'])
    expect(contents.live).toBe(true)
    expect(contents.info?.version).toBe('26.1.5')
  })

  it('changes one object and keeps the other objects', () => {
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
    expect(applyEngineEvent(contents, { type: 'network', network: network() })).toEqual(['networks'])
    applyEngineEvent(contents, { type: 'network-removed', id: network().id })
    applyEngineEvent(contents, { type: 'volume-removed', name: 'data' })
    applyEngineEvent(contents, { type: 'container-removed', id: container().id })
    const { images, volumes, containers, networks } = contents
    expect([images.size, volumes.size, containers.size, networks.size]).toEqual([0, 0, 0, 0])
  })

  it('ignores the removal of an unknown object', () => {
    const contents = emptyContents()
    expect(() => applyEngineEvent(contents, { type: 'container-removed', id: 'x' })).not.toThrow()
  })

  it('keeps the contents when an `offline` event arrives, and sets `live` to false', () => {
    const contents = emptyContents()
    applyEngineEvent(contents, snapshot({ containers: [container()] }))
    expect(applyEngineEvent(contents, { type: 'offline' })).toEqual(['live'])
    expect(contents.live).toBe(false)
    expect(contents.containers.size).toBe(1)
  })
})
