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

describe('Berth’s folders', () => {
  it('are in the usual places of each system', () => {
    expect(berthPaths({ HOME: '/Users/me' }, 'darwin')).toEqual({
      home: '/Users/me/Library/Application Support/Berth',
      machine: '/Users/me/Library/Application Support/Berth/machine',
      run: '/Users/me/Library/Application Support/Berth/run',
      // This path has no space: see `berthPaths`.
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

  it('ignore empty variables', () => {
    const empty = {
      BERTH_HOME: '',
      BERTH_GUEST_CACHE: '',
      XDG_DATA_HOME: '',
      XDG_CACHE_HOME: '',
      HOME: '/home/me',
    }
    expect(berthPaths(empty, 'linux')).toEqual(berthPaths({ HOME: '/home/me' }, 'linux'))
  })

  it('all move with BERTH_HOME', () => {
    expect(berthPaths({ BERTH_HOME: '/b', XDG_CACHE_HOME: '/cache' }, 'linux')).toMatchObject({
      home: '/b',
      machine: '/b/machine',
      guestCache: '/b/guest',
    })
    expect(berthPaths({ BERTH_HOME: '/b' }, 'darwin').socket).toBe('/b/run')
  })

  it('in BERTH_HOME have absolute paths, even if BERTH_HOME is relative', () => {
    expect(berthPaths({ BERTH_HOME: 'here' }, 'linux').machine).toBe(join(process.cwd(), 'here/machine'))
  })

  it('follow BERTH_GUEST_CACHE and BERTH_GUEST_IMAGE', () => {
    const env = { BERTH_HOME: '/b', BERTH_GUEST_CACHE: '/images', BERTH_GUEST_IMAGE: '/images/one' }
    expect(berthPaths(env, 'linux')).toMatchObject({ guestCache: '/images', guestImage: '/images/one' })
  })

  it('include the resources of a packaged app', () => {
    expect(berthPaths({ BERTH_HOME: '/b' }, 'linux', '/opt/Berth/resources').resources).toBe(
      '/opt/Berth/resources',
    )
  })
})

describe('Berth’s files', () => {
  const paths = berthPaths({ BERTH_HOME: '/b' }, 'linux')

  it('are in their folders', () => {
    expect(berthFile(paths, 'dataDisk')).toBe(join('/b', 'machine', 'data.qcow2'))
    expect(berthFile({ home: '/b' }, 'settings')).toBe(join('/b', 'settings.json'))
  })

  it('all have different paths', () => {
    const places = Object.values(berthFiles).map(({ folder, name }) => join(folder, name))
    expect(new Set(places).size).toBe(places.length)
  })

  it('are deleted by a factory reset only if this test lists them', () => {
    const deleted = (settings: boolean) =>
      filesOfReset({ settings }).map(({ folder, name }) => join(folder, name))
    const always = [
      'home/build-facts',
      'home/container-groups.json',
      'home/dismissed-hints.json',
      'home/learn-progress.json',
      'machine/accelerator.json',
      'machine/data.json',
      'machine/data.qcow2',
      'machine/data.qcow2.compacted',
      'machine/data.qcow2.length',
      'machine/data.qcow2.never-up',
      'machine/data.qcow2.removed',
      'machine/host-sockets.json',
      'machine/id_ed25519',
      'machine/image-wanted',
      'machine/images.json',
      'machine/interrupted-containers.json',
      'machine/repair-wanted',
      'machine/replacements.json',
      'machine/ssh_host_ed25519_key',
      'machine/suspended.json',
      'machine/suspended.memory',
      'machine/unfinished-backups.json',
      'machine/verified-images.json',
    ]
    const withSettings = [
      'home/backup-schedules.json',
      'home/compose-projects.json',
      'home/registry-logins.json',
      'home/settings.json.broken-*',
      'machine/daemon.json.migrated',
      'machine/daemon.json.refused',
    ]
    expect(deleted(false).sort()).toEqual(always)
    expect(deleted(true).sort()).toEqual([...always, ...withSettings].sort())
  })

  it('are named in no other source file', () => {
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
    // Skips “window”, because it is a common word.
    const told = names.filter((name) => name !== 'window').map((name) => name.replaceAll(/[.*]/g, '\\$&'))
    const literal = new RegExp(`['"\`}](?:${told.join('|')})['"\`$]`)
    // The parts of a support bundle have the names of Berth's files, but are not these files.
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
