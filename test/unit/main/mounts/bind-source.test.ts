import { describe, expect, it } from 'vitest'
import { bindSource, type BindContext } from '../../../../src/main/mounts/bind-source'

/** Resolves no links, because most of these tests only check how the text of a path is converted. */
const resolveLinks = (path: string) => Promise.resolve(path)
const shares = (...paths: string[]) => paths.map((path) => ({ path, writable: true }))
const mac: BindContext = {
  platform: 'darwin',
  homeFolder: '/Users/me',
  ownFolder: '/Users/me/Library/Application Support/Berth',
  sharedFolders: shares('/Users/me', '/tmp', '/Volumes/Große Platte'),
  resolveLinks,
}
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
  ])(
    'becomes a path of the machine if it is in a shared folder: $1 on $platform',
    async (context, written, expected) => {
      expect(await bindSource(written, context)).toBe(expected)
    },
  )

  it.each([
    [mac, '/users/ME/library/application support/BERTH/machine'],
    [linux, '/home/me/.local/share/berth'],
    [linux, '~/.local/share/x/../berth/registries.json'],
    [windows, '/c/Users/me/appdata/local/berth'],
  ])('is refused in Berth’s own folder: $1 on $platform', async (context, written) => {
    await expect(bindSource(written, context)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.own-folder' }),
    )
  })

  it.each([
    [mac, '/Users/me/.berth/docker.sock'],
    [mac, '/Users/me//.berth/x/../docker.sock'],
    [linux, '/home/me/.local/share/berth/run/docker.sock'],
  ])(
    'becomes the engine’s socket if it is Berth’s docker socket: $1 on $platform',
    async (context, written) => {
      const dockerSocket =
        context === mac ? '/Users/me/.berth/docker.sock' : '/home/me/.local/share/berth/run/docker.sock'
      expect(await bindSource(written, { ...context, dockerSocket })).toBe('/var/run/docker.sock')
      expect(await bindSource('~/app', { ...context, dockerSocket })).toBe(`${context.homeFolder}/app`)
    },
  )

  it.each([
    [mac, '/var/run/docker.sock'],
    [linux, '/var/run/docker.sock'],
    [windows, '/var/run/docker.sock'],
    [mac, '/etc/localtime'],
    [linux, '/run/docker.sock'],
    [linux, '/var/lib/docker/volumes/x/_data'],
    [mac, '/lib/modules'],
    [linux, '/proc'],
    [linux, '/sys/fs/cgroup'],
    [linux, '/dev/fuse'],
    [linux, '/'],
  ])('remains unchanged if it is a path of the machine: $1 on $platform', async (context, written) => {
    expect(await bindSource(written, context)).toBe(written)
  })

  it('is a path of the machine if the user has doubled the first slash for Git Bash', async () => {
    expect(await bindSource('//var/run/docker.sock', windows)).toBe('/var/run/docker.sock')
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
    [linux, '/run/user/1000/agent.sock'],
    [linux, '/run/x'],
    [linux, '/var/log/app'],
    [linux, '/etc/nginx'],
    [windows, 'C:\\Users\\other'],
    [windows, 'C:\\Users\\me\\..\\..\\Windows'],
    [windows, 'E:\\x'],
    [windows, '/Users/me'],
  ])('is refused outside the shared folders: $1 on $platform', async (context, written) => {
    await expect(bindSource(written, context)).rejects.toThrow(
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
  ])('is refused with the error %s: %j', async (code, written) => {
    await expect(bindSource(written, windows)).rejects.toThrow(expect.objectContaining({ code }))
  })

  it('is refused if no folder is shared, and the error has a dash instead of the list of folders', async () => {
    await expect(bindSource('/home/me', { ...linux, sharedFolders: [] })).rejects.toThrow(
      expect.objectContaining({ params: { path: '/home/me', shared: '–' } }),
    )
  })

  describe('a socket of this computer', () => {
    const offered: string[] = []
    const withSockets = (context: BindContext): BindContext => ({
      ...context,
      sockets: {
        isAgent: (written) => written === '/run/host-services/ssh-auth.sock',
        offerAgent: () => Promise.resolve('/the/agent'),
        offer: (path, place) => {
          if (!path.endsWith('.sock')) return Promise.resolve(false)
          offered.push(`${path} at ${place}`)
          return Promise.resolve(true)
        },
      },
    })

    it.each([
      [linux, '/run/user/1000/agent.sock', '/run/host-services/run/user/1000/agent.sock'],
      [linux, '/home/me/app/x.sock', '/run/host-services/home/me/app/x.sock'],
      [mac, '/tmp/other/x.sock', '/run/host-services/private/tmp/other/x.sock'],
      [mac, '/var/folders/x.sock', '/run/host-services/private/var/folders/x.sock'],
      [linux, '/run/host-services/ssh-auth.sock', '/the/agent'],
      [linux, '/home/me/app', '/home/me/app'],
      [linux, '/var/run/docker.sock', '/var/run/docker.sock'],
    ])('gets the right path in the machine: $1 on $platform', async (context, written, expected) => {
      expect(await bindSource(written, withSockets(context))).toBe(expected)
    })

    it('is found through a symbolic link, and its path in the machine has the name of the link', async () => {
      const links = (path: string) => Promise.resolve(path.replace('/home/me/link', '/run/real.sock'))
      offered.length = 0
      const place = '/run/host-services/home/me/link'
      expect(await bindSource('/home/me/link', withSockets({ ...linux, resolveLinks: links }))).toBe(place)
      expect(offered).toEqual([`/run/real.sock at ${place}`])
    })

    it('is refused in Berth’s own folder', async () => {
      const own = `${linux.ownFolder}/berth.sock`
      await expect(bindSource(own, withSockets(linux))).rejects.toMatchObject({ code: 'mounts.own-folder' })
    })
  })

  it.each(['/etc/hosts', '/etc/passwd', '/private/etc/passwd', '/etc/ssl/certs'])(
    'is replaced by a copy of this computer’s file, if this computer has the file: %s',
    async (written) => {
      const path = written.replace('/private', '')
      const copy = (wanted: string) => Promise.resolve(wanted === path ? `/copy${path}` : undefined)
      expect(await bindSource(written, { ...mac, fileCopies: { copy } })).toBe(`/copy${path}`)
      expect(await bindSource(written, mac)).toBe(path)
    },
  )

  it('is found in its shared folder, even if the drive of another shared folder does not answer', async () => {
    const hanging = '/mnt/server'
    const resolveLinks = (path: string) =>
      path.startsWith(hanging) ? new Promise<string>(() => undefined) : Promise.resolve(path)
    const sharedFolders = [hanging, '/home/me'].map((path) => ({ path, writable: true }))
    expect(await bindSource('/home/me/app', { ...linux, sharedFolders, resolveLinks })).toBe('/home/me/app')
  })

  it('is refused if it is a single certificate of this computer, because the machine does not have it', async () => {
    const copy = () => Promise.resolve(undefined)
    const refused = bindSource('/etc/ssl/certs/own.pem', { ...linux, fileCopies: { copy } })
    await expect(refused).rejects.toMatchObject({ code: 'mounts.not-shared' })
  })

  it.each([
    [linux, '/tmp/tmp.x/compose.yml', '/tmp'],
    [mac, '/var/folders/ab/T/x', '/private/var/folders/ab/T'],
  ])(
    'is refused in a temporary folder, with an offer to share that whole folder: $1 on $platform',
    async (context, path, folder) => {
      const offers: unknown[] = []
      const onRefused = (offer: unknown) => offers.push(offer)
      const refused = bindSource(path, { ...context, temporaryFolders: [folder], onRefused })
      await expect(refused).rejects.toMatchObject({
        code: 'mounts.temporary-folder',
        params: { path, folder },
      })
      expect(offers).toEqual([{ path, folder }])
    },
  )

  it('is refused in any other folder that is not shared, with an offer if the folder can be shared', async () => {
    const offers: unknown[] = []
    const context: BindContext = { ...linux, onRefused: (offer) => offers.push(offer) }
    for (const path of [`${process.cwd()}/package.json`, '/etc/nginx/x', '/nowhere/x/y'])
      await expect(bindSource(path, context)).rejects.toMatchObject({ code: 'mounts.not-shared' })
    expect(offers).toEqual([{ path: `${process.cwd()}/package.json`, folder: process.cwd() }])
  })
})
