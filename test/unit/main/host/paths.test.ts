import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/paths'

describe('the folders', () => {
  it('are where each system keeps such things', () => {
    expect(berthPaths({ HOME: '/Users/me' }, 'darwin')).toEqual({
      home: '/Users/me/Library/Application Support/Berth',
      machine: '/Users/me/Library/Application Support/Berth/machine',
      run: '/Users/me/Library/Application Support/Berth/run',
      // Without a space: see the field.
      socket: '/Users/me/.berth',
      logs: '/Users/me/Library/Application Support/Berth/logs',
      guestCache: '/Users/me/Library/Application Support/Berth/guest',
    })
    expect(berthPaths({ LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'win32')).toMatchObject({
      home: 'C:\\Users\\me\\AppData\\Local\\Berth',
      guestCache: 'C:\\Users\\me\\AppData\\Local\\Berth\\guest',
    })
    expect(berthPaths({ HOME: '/home/me' }, 'linux')).toMatchObject({
      home: '/home/me/.local/share/berth',
      socket: '/home/me/.local/share/berth/run',
      guestCache: '/home/me/.cache/berth/guest',
    })
  })

  it('follow the XDG variables', () => {
    const env = { HOME: '/home/me', XDG_DATA_HOME: '/data', XDG_CACHE_HOME: '/cache' }
    expect(berthPaths(env, 'linux')).toMatchObject({ home: '/data/berth', guestCache: '/cache/berth/guest' })
  })

  it('all move with BERTH_HOME', () => {
    expect(berthPaths({ BERTH_HOME: '/b', XDG_CACHE_HOME: '/cache' }, 'linux')).toMatchObject({
      home: '/b',
      machine: '/b/machine',
      guestCache: '/b/guest',
    })
    expect(berthPaths({ BERTH_HOME: '/b' }, 'darwin').socket).toBe('/b/run')
  })

  it('are known by their whole paths, from wherever Berth is started', () => {
    expect(berthPaths({ BERTH_HOME: 'here' }, 'linux').machine).toBe(join(process.cwd(), 'here/machine'))
  })

  it('share guest images with BERTH_GUEST_CACHE, or name one', () => {
    const env = { BERTH_HOME: '/b', BERTH_GUEST_CACHE: '/images', BERTH_GUEST_IMAGE: '/images/one' }
    expect(berthPaths(env, 'linux')).toMatchObject({ guestCache: '/images', guestImage: '/images/one' })
  })

  it('know what a packaged app ships', () => {
    expect(berthPaths({ BERTH_HOME: '/b' }, 'linux', '/opt/Berth/resources').resources).toBe(
      '/opt/Berth/resources',
    )
  })
})
