import { describe, expect, it } from 'vitest'
import {
  bindSource,
  withBindSources,
  withVolumeDevice,
  type BindContext,
} from '../../../../src/main/mounts/bind-source'

const shares = (...paths: string[]) => paths.map((path) => ({ path, writable: true }))
const mac: BindContext = {
  platform: 'darwin',
  homeFolder: '/Users/me',
  ownFolder: '/Users/me/Library/Application Support/Berth',
  sharedFolders: shares('/Users/me', '/tmp', '/Volumes/Große Platte'),
}
const linux: BindContext = {
  platform: 'linux',
  homeFolder: '/home/me',
  ownFolder: '/home/me/.local/share/berth',
  sharedFolders: shares('/home/me', '/srv/data/'),
}
const windows: BindContext = {
  platform: 'win32',
  homeFolder: 'C:\\Users\\me',
  ownFolder: 'C:\\Users\\me\\AppData\\Local\\Berth',
  sharedFolders: shares('C:\\Users\\me', 'D:\\'),
}

describe('the source of a bind mount', () => {
  it.each([
    [mac, '/Users/me/app', '/Users/me/app'],
    [mac, '/Users/me', '/Users/me'],
    [mac, '/Users/me/', '/Users/me'],
    [mac, '/users/ME/App', '/Users/me/App'],
    [mac, '~', '/Users/me'],
    [mac, '~/app', '/Users/me/app'],
    [mac, '/Users/me/a/../b/./c//d', '/Users/me/b/c/d'],
    [mac, '/tmp/x', '/private/tmp/x'],
    [mac, '/private/tmp/x', '/private/tmp/x'],
    [mac, '/Volumes/Große Platte/x', '/Volumes/Große Platte/x'],
    [mac, '/Volumes/Große Platte/x'.normalize('NFD'), `/Volumes/Große Platte/x`],
    [linux, '/home/me/app', '/home/me/app'],
    [linux, '/srv/data/x', '/srv/data/x'],
    [linux, '~/x', '/home/me/x'],
    [linux, '/home/me/~', '/home/me/~'],
    [linux, '/home/me/back\\slash', '/home/me/back\\slash'],
    [windows, 'C:\\Users\\me\\app', '/c/Users/me/app'],
    [windows, 'c:\\users\\ME\\App', '/c/Users/me/App'],
    [windows, 'c:/Users/me/app', '/c/Users/me/app'],
    [windows, '/c/Users/me/app', '/c/Users/me/app'],
    [windows, '//c/Users/me/app', '/c/Users/me/app'],
    [windows, '/mnt/c/Users/me/app', '/c/Users/me/app'],
    [windows, '\\\\?\\C:\\Users\\me\\app', '/c/Users/me/app'],
    [windows, '~\\app', '/c/Users/me/app'],
    [windows, 'C:\\Users\\me\\..\\me\\x\\', '/c/Users/me/x'],
    [windows, 'D:\\', '/d'],
    [windows, 'D:\\deep\\er', '/d/deep/er'],
  ])('%#: stands below a shared folder: %s', (context, written, expected) => {
    expect(bindSource(written, context)).toBe(expected)
  })

  it.each([
    [mac, '/users/ME/library/application support/BERTH/machine'],
    [linux, '/home/me/.local/share/berth'],
    [linux, '~/.local/share/x/../berth/registries.json'],
    [windows, '/c/Users/me/appdata/local/berth'],
  ])('%#: is not Berth’s own folder: %s', (context, written) => {
    expect(() => bindSource(written, context)).toThrow(expect.objectContaining({ code: 'mounts.own-folder' }))
  })

  it.each([
    [mac, '/Users/me/.berth/docker.sock'],
    [mac, '/Users/me//.berth/x/../docker.sock'],
    [linux, '/home/me/.local/share/berth/run/docker.sock'],
  ])('%#: is the engine’s socket where it is Berth’s own on this computer: %s', (context, written) => {
    const dockerSocket =
      context === mac ? '/Users/me/.berth/docker.sock' : '/home/me/.local/share/berth/run/docker.sock'
    expect(bindSource(written, { ...context, dockerSocket })).toBe('/var/run/docker.sock')
    expect(bindSource('~/app', { ...context, dockerSocket })).toBe(`${context.homeFolder}/app`)
  })

  it.each([
    [mac, '/var/run/docker.sock'],
    [linux, '/var/run/docker.sock'],
    [windows, '/var/run/docker.sock'],
    [mac, '/etc/localtime'],
    [mac, '/lib/modules'],
    [linux, '/proc'],
    [linux, '/sys/fs/cgroup'],
    [linux, '/dev/fuse'],
    [linux, '/'],
  ])('%#: is the machine’s own: %s', (context, written) => {
    expect(bindSource(written, context)).toBe(written)
  })

  it('is the machine’s own when Git Bash has doubled its slash', () => {
    expect(bindSource('//var/run/docker.sock', windows)).toBe('/var/run/docker.sock')
  })

  it.each([
    [mac, '/Users/other/app'],
    [mac, '/Users/me2'],
    [mac, '/Users'],
    [mac, '/Users/me/../other'],
    [mac, '/etc/nginx'],
    [linux, '/HOME/me'],
    [linux, '/home/me/../../etc/shadow'],
    [linux, 'C:\\Users\\me'],
    [linux, '/procs'],
    [windows, 'C:\\Users\\other'],
    [windows, 'C:\\Users\\me\\..\\..\\Windows'],
    [windows, 'E:\\x'],
    [windows, '/Users/me'],
  ])('%#: is refused outside of the shared folders: %s', (context, written) => {
    expect(() => bindSource(written, context)).toThrow(
      expect.objectContaining({
        code: 'mounts.not-shared',
        params: { path: written, shared: context.sharedFolders.map(({ path }) => path).join(', ') },
      }),
    )
  })

  it.each([
    ['mounts.network-path', '\\\\server\\share\\x'],
    ['mounts.network-path', '\\\\?\\UNC\\server\\share'],
    ['mounts.network-path', '\\\\.\\pipe\\docker_engine'],
    ['mounts.not-absolute', 'app'],
    ['mounts.not-absolute', './app'],
    ['mounts.not-absolute', 'C:app'],
    ['mounts.not-absolute', ''],
    ['mounts.not-absolute', '/c/Users/me/\0'],
  ])('%#: is refused as %s: %s', (code, written) => {
    expect(() => bindSource(written, windows)).toThrow(expect.objectContaining({ code }))
  })

  it('says so when no folder is shared at all', () => {
    expect(() => bindSource('/home/me', { ...linux, sharedFolders: [] })).toThrow(
      expect.objectContaining({ params: { path: '/home/me', shared: '–' } }),
    )
  })
})

describe('the body of a request that creates a container', () => {
  it('gets the paths in the machine, and nothing else is touched', () => {
    const body = {
      Image: 'node',
      Unknown: { kept: [1] },
      HostConfig: {
        Memory: 5,
        Binds: [
          'C:\\Users\\me\\app:/usr/src/app',
          'c:/Users/me/app:/x:ro,z',
          '/c/Users/me/app:/y:rw',
          '\\\\?\\C:\\Users\\me\\a:/z',
          'named:/data',
          '/var/run/docker.sock:/var/run/docker.sock',
          '/anonymous',
        ],
        Mounts: [
          { Type: 'bind', Source: 'D:\\x', Target: '/d', BindOptions: { Propagation: 'rslave' } },
          { Type: 'volume', Source: 'D', Target: '/v' },
          { Type: 'tmpfs', Target: '/t' },
        ],
      },
    }
    expect(withBindSources(body, windows)).toEqual({
      Image: 'node',
      Unknown: { kept: [1] },
      HostConfig: {
        Memory: 5,
        Binds: [
          '/c/Users/me/app:/usr/src/app',
          '/c/Users/me/app:/x:ro,z',
          '/c/Users/me/app:/y:rw',
          '/c/Users/me/a:/z',
          'named:/data',
          '/var/run/docker.sock:/var/run/docker.sock',
          '/anonymous',
        ],
        Mounts: [
          { Type: 'bind', Source: '/d/x', Target: '/d', BindOptions: { Propagation: 'rslave' } },
          { Type: 'volume', Source: 'D', Target: '/v' },
          { Type: 'tmpfs', Target: '/t' },
        ],
      },
    })
  })

  it('gets paths of the machine in a volume that it makes of a folder', () => {
    const volume = (options: object) => ({
      HostConfig: {
        Mounts: [
          {
            Type: 'volume',
            Target: '/v',
            VolumeOptions: { NoCopy: true, DriverConfig: { Options: options } },
          },
        ],
      },
    })
    expect(withBindSources(volume({ type: 'none', o: 'bind', device: 'C:\\Users\\me\\d' }), windows)).toEqual(
      volume({ type: 'none', o: 'bind', device: '/c/Users/me/d' }),
    )
    const nfs = volume({ type: 'nfs', o: 'addr=1.2.3.4', device: ':/x' })
    expect(withBindSources(nfs, windows)).toEqual(nfs)
    expect(() => withBindSources(volume({ o: 'bind', device: '/etc/shadow' }), linux)).toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
  })

  it('leaves a path alone whose end only looks like a drive', () => {
    const context = { ...linux, sharedFolders: shares('/abcC') }
    expect(withBindSources({ HostConfig: { Binds: ['/abcC:/x'] } }, context)).toEqual({
      HostConfig: { Binds: ['/abcC:/x'] },
    })
  })

  it('is refused when a source is not shared', () => {
    expect(() => withBindSources({ HostConfig: { Binds: ['/etc/shadow:/x'] } }, linux)).toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
    const mount = { Type: 'bind', Source: '/home/you', Target: '/x' }
    expect(() => withBindSources({ HostConfig: { Mounts: [mount] } }, linux)).toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
  })

  it.each([
    [null],
    ['text'],
    [{}],
    [{ HostConfig: null }],
    [{ HostConfig: { Binds: 5 } }],
    [{ HostConfig: { Binds: null } }],
  ])('is passed on as it is when it names none: %j', (body) => {
    expect(withBindSources(body, linux)).toEqual(body)
  })
})

describe('the body of a request that creates a volume', () => {
  it('gets the path in the machine when the volume is a bind mount', () => {
    const body = { Name: 'v', DriverOpts: { type: 'none', o: 'bind', device: 'C:\\Users\\me\\d' } }
    expect(withVolumeDevice(body, windows)).toEqual({
      Name: 'v',
      DriverOpts: { type: 'none', o: 'bind', device: '/c/Users/me/d' },
    })
  })

  it.each([
    [{ Name: 'v' }],
    [{ Name: 'v', DriverOpts: {} }],
    [{ Name: 'v', Driver: 'nfs', DriverOpts: { o: 'bind', device: '/x' } }],
    [{ Name: 'v', DriverOpts: { type: 'nfs', o: 'addr=1.2.3.4', device: ':/x' } }],
  ])('is passed on as it is otherwise: %j', (body) => {
    expect(withVolumeDevice(body, linux)).toEqual(body)
  })
})
