import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  berthFile,
  berthFiles,
  berthPaths,
  filesOfReset,
  guestImageFiles,
} from '../../../../src/main/host/berth-files'

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

describe('the files', () => {
  const paths = berthPaths({ BERTH_HOME: '/b' }, 'linux')

  it('lie in their folders', () => {
    expect(berthFile(paths, 'dataDisk')).toBe(join('/b', 'machine', 'data.qcow2'))
    expect(berthFile({ home: '/b' }, 'settings')).toBe(join('/b', 'settings.json'))
  })

  it('have a name of their own in each folder', () => {
    const places = Object.values(berthFiles).map(({ folder, name }) => join(folder, name))
    expect(new Set(places).size).toBe(places.length)
  })

  it('that a factory reset deletes are these, and with the settings these as well', () => {
    const deleted = (settings: boolean) =>
      filesOfReset({ settings }).map(({ folder, name }) => join(folder, name))
    const always = [
      'machine/accelerator.json',
      'machine/data.json',
      'machine/data.qcow2',
      'machine/data.qcow2.compacted',
      'machine/data.qcow2.length',
      'machine/data.qcow2.never-up',
      'machine/data.qcow2.removed',
      'machine/id_ed25519',
      'machine/image-wanted',
      'machine/images.json',
      'machine/repair-wanted',
      'machine/ssh_host_ed25519_key',
      'machine/suspended.json',
      'machine/suspended.memory',
      'machine/verified-images.json',
    ]
    const withSettings = [
      'home/registry-logins.json',
      'home/settings.json.broken-*',
      'machine/daemon.json.migrated',
      'machine/daemon.json.refused',
    ]
    expect(deleted(false).sort()).toEqual(always)
    expect(deleted(true).sort()).toEqual([...always, ...withSettings].sort())
  })

  it('are named nowhere else', () => {
    const endings = [
      '.new',
      '.compacted',
      '.removed',
      '.length',
      '.never-up',
      '.broken-',
      '.migrated',
      '.refused',
    ]
    const names = [
      ...Object.values(berthFiles).map(({ name }) => name),
      ...Object.values(guestImageFiles),
      ...endings,
    ]
    // A common word.
    const told = names.filter((name) => name !== 'window').map((name) => name.replaceAll(/[.*]/g, '\\$&'))
    const literal = new RegExp(`['"\`}](?:${told.join('|')})['"\`$]`)
    // The parts of a support bundle are named like files of ours, but are none.
    const others = ['host/berth-files.ts', 'diagnostics/bundle/bundle.ts']
    const main = join(import.meta.dirname, '../../../../src/main')
    const found = readdirSync(main, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !others.includes(file))
      .filter((file) => literal.test(withoutComments(readFileSync(join(main, file), 'utf8'))))
    expect(found).toEqual([])
  })
})

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '')
}
