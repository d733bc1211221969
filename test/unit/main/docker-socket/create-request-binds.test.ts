import { describe, expect, it } from 'vitest'
import {
  withBindSources,
  withServiceMounts,
  withVolumeDevice,
} from '../../../../src/main/docker-socket/create-request'
import type { BindContext } from '../../../../src/main/mounts/bind-source'

const resolveLinks = (path: string) => Promise.resolve(path)
const shares = (...paths: string[]) => paths.map((path) => ({ path, writable: true }))
const linux: BindContext = {
  platform: 'linux',
  homeFolder: '/home/me',
  ownFolder: '/home/me/.local/share/berth',
  sharedFolders: shares('/home/me', '/srv/data/'),
  resolveLinks,
}
const windows: BindContext = {
  platform: 'win32',
  homeFolder: 'C:\\Users\\me',
  ownFolder: 'C:\\Users\\me\\AppData\\Local\\Berth',
  sharedFolders: shares('C:\\Users\\me', 'D:\\'),
  resolveLinks,
}

describe('the body of a request that creates a container', () => {
  it('gets the machine’s paths in place of the host’s paths, and is otherwise unchanged', async () => {
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
    expect(await withBindSources(body, windows)).toEqual({
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

  it('contains the path in the machine for a volume that is a bind mount', async () => {
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
    expect(
      await withBindSources(volume({ type: 'none', o: 'bind', device: 'C:\\Users\\me\\d' }), windows),
    ).toEqual(volume({ type: 'none', o: 'bind', device: '/c/Users/me/d' }))
    const nfs = volume({ type: 'nfs', o: 'addr=1.2.3.4', device: ':/x' })
    expect(await withBindSources(nfs, windows)).toEqual(nfs)
    await expect(withBindSources(volume({ o: 'bind', device: '/etc/shadow' }), linux)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
  })

  it('keeps a path whose end only looks like a Windows drive', async () => {
    const context = { ...linux, sharedFolders: shares('/abcC') }
    expect(await withBindSources({ HostConfig: { Binds: ['/abcC:/x'] } }, context)).toEqual({
      HostConfig: { Binds: ['/abcC:/x'] },
    })
  })

  it('is refused if a source is not in a shared folder', async () => {
    await expect(withBindSources({ HostConfig: { Binds: ['/etc/shadow:/x'] } }, linux)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
    const mount = { Type: 'bind', Source: '/home/you', Target: '/x' }
    await expect(withBindSources({ HostConfig: { Mounts: [mount] } }, linux)).rejects.toThrow(
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
  ])('is unchanged if it names no source: %j', async (body) => {
    expect(await withBindSources(body, linux)).toEqual(body)
  })
})

describe('the body of a request that creates a volume', () => {
  it('contains the path in the machine if the volume is a bind mount', async () => {
    const body = { Name: 'v', DriverOpts: { type: 'none', o: 'bind', device: 'C:\\Users\\me\\d' } }
    expect(await withVolumeDevice(body, windows)).toEqual({
      Name: 'v',
      DriverOpts: { type: 'none', o: 'bind', device: '/c/Users/me/d' },
    })
  })

  it.each([
    [{ Name: 'v' }],
    [{ Name: 'v', DriverOpts: {} }],
    [{ Name: 'v', Driver: 'nfs', DriverOpts: { o: 'bind', device: '/x' } }],
    [{ Name: 'v', DriverOpts: { type: 'nfs', o: 'addr=1.2.3.4', device: ':/x' } }],
  ])('is unchanged if the volume is not a bind mount: %j', async (body) => {
    expect(await withVolumeDevice(body, linux)).toEqual(body)
  })
})

describe('the body of a request that creates or updates a swarm service', () => {
  it('contains the paths in the machine for bind mounts, and is otherwise unchanged', async () => {
    const service = (Source: string) => ({
      Name: 's',
      TaskTemplate: {
        ContainerSpec: {
          Image: 'a',
          Mounts: [
            { Type: 'bind', Source, Target: '/x' },
            { Type: 'volume', Source: 'D' },
          ],
        },
        Networks: [],
      },
    })
    expect(await withServiceMounts(service('C:\\Users\\me\\d'), windows)).toEqual(service('/c/Users/me/d'))
    await expect(withServiceMounts(service('/home/you'), linux)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
  })

  it('keeps the places of sockets and copied files, which an update sends again', async () => {
    const service = (Source: string) => ({
      TaskTemplate: { ContainerSpec: { Mounts: [{ Type: 'bind', Source, Target: '/x' }] } },
    })
    for (const place of ['/run/host-files/etc/hosts', '/run/host-services/run/a.sock'])
      expect(await withServiceMounts(service(place), linux)).toEqual(service(place))
    await expect(withServiceMounts(service('/run/host-files/../../root'), linux)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.not-shared' }),
    )
  })

  it('is unchanged if it has no mounts', async () => {
    const body = { Name: 's', TaskTemplate: { ContainerSpec: { Image: 'a' } } }
    expect(await withServiceMounts(body, linux)).toBe(body)
  })
})
