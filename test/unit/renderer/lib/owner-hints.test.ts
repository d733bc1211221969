import { expect, it } from 'vitest'
import { hintsOf } from '../../../../src/renderer/lib/owner-hints'

it('a container is shown the hints about what it has mounted', () => {
  const hint = (guestPath: string) => ({ path: guestPath, guestPath, at: 0 })
  const hints = [hint('/home/me/db'), hint('/home/me/db/data'), hint('/home/me/dbs'), hint('/srv')]
  const mount = { source: '/home/me/db', destination: '/var/lib/db', readOnly: false }
  const paths = (type: 'bind' | 'volume') =>
    hintsOf({ mounts: [{ ...mount, type }] }, hints).map(({ path }) => path)
  expect(paths('bind')).toEqual(['/home/me/db', '/home/me/db/data'])
  expect(paths('volume')).toEqual([])
})
