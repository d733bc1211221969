import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { defaultSettings } from '../../../src/main/settings/settings-defaults'
import { BerthError } from '../../../src/shared/errors'
import type { HostShare } from '../../../src/shared/host-folders'
import { berthPaths } from '../../../src/main/host/berth-files'
import { shareCommand, shareFolder, shareForContainers } from '../../../src/main/share-folder'

it('shareFolder adds a folder to the settings only once, and refuses a folder that cannot be shared', async () => {
  const home = await mkdtemp(join(tmpdir(), 'berth-share-'))
  const paths = berthPaths({ BERTH_HOME: home }, 'linux')
  const log = pino({ level: 'silent' })
  for (const folder of ['/srv/data', '/srv/data/']) await shareFolder(paths, log, folder)
  const { sharedFolders } = JSON.parse(await readFile(join(home, 'settings.json'), 'utf8')) as {
    sharedFolders: { path: string }[]
  }
  expect(sharedFolders.filter(({ path }) => path === '/srv/data')).toHaveLength(1)
  await expect(shareFolder(paths, log, '/usr')).rejects.toMatchObject({ code: 'mounts.system-folder' })
  await expect(shareFolder(paths, log, '/srv/data/x')).rejects.toMatchObject({ code: 'mounts.nested-folder' })
  await rm(home, { recursive: true })
})

it('shareCommand puts a word of the command in quotes if a shell needs quotes', () => {
  expect(shareCommand(['/Applications/My Apps/Berth', 'main.js'], '/tmp')).toBe(
    "'/Applications/My Apps/Berth' main.js --share /tmp",
  )
})

describe('shareForContainers', () => {
  async function shared(share: HostShare, refused?: BerthError): Promise<string[]> {
    const calls: string[] = []
    await shareForContainers({
      folder: '/srv/learn',
      hostFolders: {
        list: ({ path }) => Promise.resolve({ path, parent: null, share, entries: [], total: 0, hidden: 0 }),
      },
      settings: {
        current: { ...defaultSettings(), sharedFolders: [{ path: '/home/me', writable: true }] },
        update: ({ sharedFolders = [] }) => {
          calls.push(`saved ${sharedFolders.map(({ path }) => path).join()}`)
          return Promise.resolve()
        },
      },
      mounts: {
        validateFolders: () => (refused === undefined ? Promise.resolve() : Promise.reject(refused)),
        setFolders: (folders) => {
          calls.push(`mounted ${folders.map(({ path }) => path).join()}`)
          return Promise.resolve()
        },
      },
    })
    return calls
  }

  it('shares a folder only if containers cannot write there yet', async () => {
    expect(await shared('writable')).toEqual([])
    expect(await shared('none')).toEqual(['saved /home/me,/srv/learn', 'mounted /home/me,/srv/learn'])
  })

  it('refuses a folder that containers can only read, and one that Berth must not share', async () => {
    await expect(shared('read-only')).rejects.toMatchObject({ code: 'learn.folder-read-only' })
    const own = new BerthError('mounts.own-folder', { path: '/srv/learn' })
    await expect(shared('own', own)).rejects.toMatchObject({ code: 'mounts.own-folder' })
  })
})
