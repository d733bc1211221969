import { describe, expect, it } from 'vitest'
import { asFolder, isPathLike, joinHostPath, relativeTo, splitTyped } from '../../../src/shared/host-paths'

describe('a typed path of this computer', () => {
  it.each([
    ['/home/me/pro', '/home/me/', 'pro'],
    ['/home/me/', '/home/me/', ''],
    ['/', '/', ''],
    ['~', '~', ''],
    ['~/a b', '~/', 'a b'],
    ['C:', 'C:', ''],
    ['C:\\Users\\me', 'C:\\Users\\', 'me'],
    ['C:/Users/me', 'C:/Users/', 'me'],
    ['/a\\b', '/', 'a\\b'],
    ['pro', '', 'pro'],
  ])('%s is a folder and the beginning of a name', (text, folder, prefix) => {
    expect(splitTyped(text)).toEqual({ folder, prefix })
  })

  it('can begin with a slash, a tilde or a drive only', () => {
    expect(['/', '~', '~/x', 'C:\\', 'c:/x'].every(isPathLike)).toBe(true)
    expect(['', 'app', './app', '~me', 'http://x'].some(isPathLike)).toBe(false)
  })

  it('is joined and made relative with the separators of its system', () => {
    expect(asFolder('C:\\Users')).toBe('C:\\Users\\')
    expect(asFolder('/')).toBe('/')
    expect(joinHostPath('C:\\app', 'Dockerfile')).toBe('C:\\app\\Dockerfile')
    expect(joinHostPath('~/app', '/etc')).toBe('/etc')
    expect(joinHostPath('', 'Dockerfile')).toBe('Dockerfile')
    expect(relativeTo('/home/app', '/home/app/docker/Dockerfile')).toBe('docker/Dockerfile')
    expect(relativeTo('/home/app', '/home/application')).toBeUndefined()
    expect(relativeTo('/', '/x')).toBe('x')
  })
})
