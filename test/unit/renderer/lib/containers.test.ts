import { describe, expect, it } from 'vitest'
import { hintsOf, imageUsers, volumeUsers } from '../../../../src/renderer/lib/containers'
import { container } from '../support'

describe('the users of an object', () => {
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

  it('finds the containers of an image by its id, regardless of the tag they were run from', () => {
    const users = [container({ id: 'a', image: 'demo:1.0' }), container({ id: 'b', imageId: 'sha256:other' })]
    expect(imageUsers(users, 'sha256:demo').map(({ id }) => id)).toEqual(['a'])
  })
})

it('hintsOf finds the hints about the folders that a container mounts', () => {
  const hint = (guestPath: string) => ({ path: guestPath, guestPath, at: 0 })
  const hints = [hint('/home/me/db'), hint('/home/me/db/data'), hint('/home/me/dbs'), hint('/srv')]
  const mount = { source: '/home/me/db', destination: '/var/lib/db', readOnly: false }
  const paths = (type: 'bind' | 'volume') =>
    hintsOf({ mounts: [{ ...mount, type }] }, hints).map(({ path }) => path)
  expect(paths('bind')).toEqual(['/home/me/db', '/home/me/db/data'])
  expect(paths('volume')).toEqual([])
})
