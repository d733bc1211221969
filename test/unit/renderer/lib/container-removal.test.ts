import { expect, it } from 'vitest'
import { removalOf } from '../../../../src/renderer/lib/container-removal'
import { container, volume } from '../support'

it('names what a removal kills, deletes and keeps, each volume once', () => {
  const mount = (source: string) => ({ type: 'volume' as const, source, destination: '/x', readOnly: false })
  const containers = [
    container({ name: 'web', mounts: [mount('data'), mount('anonymous')] }),
    container({ name: 'old', state: 'exited', mounts: [mount('data'), mount('unknown')] }),
    container({ name: 'still', state: 'paused' }),
  ]
  const volumes = new Map([
    ['data', volume()],
    ['anonymous', volume({ name: 'anonymous', anonymous: true })],
  ])
  expect(removalOf(containers, volumes)).toEqual({
    killed: ['web', 'still'],
    deletedVolumes: ['anonymous'],
    keptVolumes: ['data', 'unknown'],
  })
})
