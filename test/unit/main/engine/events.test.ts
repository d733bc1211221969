import { describe, expect, it } from 'vitest'
import { changedObjects } from '../../../../src/main/engine/events'

function changed(
  Type: string,
  Action: string,
  ID: string,
  Attributes: Record<string, string> = {},
): string[] {
  return changedObjects({ Type, Action, Actor: { ID, Attributes } }, ['data', 'cache'])
}

describe('changedObjects', () => {
  it('names the container, image or volume of an event', () => {
    expect(changed('container', 'die', 'c1')).toEqual(['container:c1'])
    expect(changed('container', 'health_status: healthy', 'c1')).toEqual(['container:c1'])
    expect(changed('image', 'pull', 'busybox:latest')).toEqual(['image:busybox:latest'])
    expect(changed('volume', 'create', 'data')).toEqual(['volume:data'])
  })

  it('names the container that joined or left a network', () => {
    expect(changed('network', 'connect', 'n1', { container: 'c1' })).toEqual(['container:c1'])
  })

  it('names the network that was made, changed or removed', () => {
    for (const action of ['create', 'update', 'destroy'])
      expect(changed('network', action, 'n1')).toEqual(['network:n1'])
    expect(changed('network', 'prune', '')).toEqual([])
  })

  it('treats any change of a swarm service as a change of its ports', () => {
    expect(changed('service', 'update', 's1')).toEqual(['services:'])
  })

  it('ignores events that do not change their object', () => {
    const passive = [
      'exec_create: sh',
      'exec_start: sh',
      'exec_die',
      'attach',
      'resize',
      'top',
      'archive-path',
    ]
    for (const action of passive) expect(changed('container', action, 'c1')).toEqual([])
    expect(changed('volume', 'mount', 'data')).toEqual([])
    expect(changed('daemon', 'reload', 'd1')).toEqual([])
  })

  it('names every known volume after a prune of volumes, because the event does not say which ones were removed', () => {
    expect(changed('volume', 'prune', '')).toEqual(['volume:data', 'volume:cache'])
    expect(changed('container', 'prune', '')).toEqual([])
    expect(changed('image', 'prune', '')).toEqual([])
  })
})
