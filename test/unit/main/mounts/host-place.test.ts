import { describe, expect, it } from 'vitest'
import { hostPlace } from '../../../../src/main/mounts/host-place'

const mac = { folders: [{ guestPath: '/Users/me' }], platform: 'darwin' } as const
const windows = { folders: [{ guestPath: '/c/Users/me' }], platform: 'win32' } as const

describe('the path on this computer for a bind mount', () => {
  it('in a shared folder is the path itself, in the form of this computer', () => {
    expect(hostPlace('/Users/me/app', mac)).toBe('/Users/me/app')
    expect(hostPlace('/c/Users/me/app', windows)).toBe('C:\\Users\\me\\app')
    expect(hostPlace('/c/Users/me', windows)).toBe('C:\\Users\\me')
  })

  it('of a socket or a copied file is the path of the original', () => {
    expect(hostPlace('/run/host-services/Users/me/agent.sock', mac)).toBe('/Users/me/agent.sock')
    expect(hostPlace('/run/host-files/etc/hosts', mac)).toBe('/etc/hosts')
  })

  it('does not exist for a place in the machine', () => {
    for (const source of ['/var/run/docker.sock', '/Users/other', '/run/host-services/ssh-auth.sock', ''])
      expect(hostPlace(source, mac)).toBeUndefined()
  })
})
