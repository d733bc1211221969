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
  it('names the container, image or volume that an event is about', () => {
    expect(changed('container', 'die', 'c1')).toEqual(['container:c1'])
    expect(changed('container', 'health_status: healthy', 'c1')).toEqual(['container:c1'])
    expect(changed('image', 'pull', 'busybox:latest')).toEqual(['image:busybox:latest'])
    expect(changed('volume', 'create', 'data')).toEqual(['volume:data'])
  })

  it('names the container that joined or left a network', () => {
    expect(changed('network', 'connect', 'n1', { container: 'c1' })).toEqual(['container:c1'])
    expect(changed('network', 'create', 'n1')).toEqual([])
  })

  it('takes any change of a swarm’s service for one of its ports', () => {
    expect(changed('service', 'update', 's1')).toEqual(['services:'])
  })

  it('is not interested in what leaves the object as it was', () => {
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

  it('looks at every known volume after a prune, which names none', () => {
    expect(changed('volume', 'prune', '')).toEqual(['volume:data', 'volume:cache'])
    expect(changed('container', 'prune', '')).toEqual([])
    expect(changed('image', 'prune', '')).toEqual([])
  })
})
