import { shortId } from '../../../../src/shared/short-id'
import { describe, expect, it } from 'vitest'
import {
  allowedActions,
  hintsOf,
  imageUsers,
  mainAction,
  runningContainers,
  volumeUsers,
} from '../../../../src/renderer/lib/containers'
import { containerStates, type ContainerRunState } from '../../../../src/shared/containers'
import { container } from '../support'

describe('the container state', () => {
  it.each<[ContainerRunState, string[]]>([
    ['created', ['start']],
    ['running', ['stop', 'kill', 'restart', 'pause']],
    ['paused', ['stop', 'kill', 'restart', 'unpause']],
    ['restarting', ['stop', 'kill', 'restart']],
    ['removing', []],
    ['exited', ['start', 'restart']],
    ['dead', []],
  ])('%s allows the actions %j', (state, actions) => {
    const allowed = Object.entries(allowedActions({ state })).filter(([, yes]) => yes)
    expect(allowed.map(([action]) => action)).toEqual(actions)
  })

  it.each<[ContainerRunState, string]>([
    ['exited', 'start'],
    ['running', 'stop'],
    ['paused', 'unpause'],
    ['restarting', 'stop'],
  ])('%s has the main action %s', (state, action) => {
    expect(mainAction({ state })).toBe(action)
  })

  it('counts as running if docker ps lists a container in that state', () => {
    const running = runningContainers(containerStates.map((state) => container({ state })))
    expect(running.map(({ state }) => state)).toEqual(['running', 'paused', 'restarting'])
  })
})

describe('volumeUsers and imageUsers', () => {
  const mount = { type: 'volume' as const, source: 'data', destination: '/data', readOnly: false }

  it('find running and stopped containers that mount a volume', () => {
    const users = [
      container({ id: 'a', mounts: [mount] }),
      container({ id: 'b', mounts: [mount], state: 'exited' }),
      container({ id: 'c', mounts: [{ ...mount, type: 'bind' }] }),
      container({ id: 'd', mounts: [{ ...mount, source: 'other' }] }),
    ]
    expect(volumeUsers(users, 'data').map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('find the containers of an image by the id of the image, whatever tag the containers were created from', () => {
    const users = [container({ id: 'a', image: 'demo:1.0' }), container({ id: 'b', imageId: 'sha256:other' })]
    expect(imageUsers(users, 'sha256:demo').map(({ id }) => id)).toEqual(['a'])
  })
})

it('hintsOf returns the owner hints for the host folders that a container mounts', () => {
  const hint = (guestPath: string) => ({ path: guestPath, guestPath, at: 0 })
  const hints = [hint('/home/me/db'), hint('/home/me/db/data'), hint('/home/me/dbs'), hint('/srv')]
  const mount = { source: '/home/me/db', destination: '/var/lib/db', readOnly: false }
  const paths = (type: 'bind' | 'volume') =>
    hintsOf({ mounts: [{ ...mount, type }] }, hints).map(({ path }) => path)
  expect(paths('bind')).toEqual(['/home/me/db', '/home/me/db/data'])
  expect(paths('volume')).toEqual([])
})

describe('a short id', () => {
  const id = '0123456789abcdef'.repeat(4)

  it.each([
    [id, '0123456789ab'],
    [`sha256:${id}`, '0123456789ab'],
    ['nice_goldberg-the-second', 'nice_goldberg-the-second'],
    ['sha256:latest', 'sha256:latest'],
  ])('of %s is %s', (text, short) => {
    expect(shortId(text)).toBe(short)
  })
})
