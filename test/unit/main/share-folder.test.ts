import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, it } from 'vitest'
import { berthPaths } from '../../../src/main/host/berth-files'
import { shareCommand, shareFolder } from '../../../src/main/share-folder'

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
