import fs, {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readTextFile, replaceTextFile } from '../../../../src/main/host/text-file'

let root = ''
const place = (name: string) => join(root, name)

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'berth-text-file-')))
  for (const folder of ['app', 'outside']) await mkdir(place(folder))
  await writeFile(place('app/compose.yaml'), 'mine')
  await writeFile(place('outside/compose.yaml'), 'theirs')
})
afterEach(async () => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
  await rm(root, { recursive: true })
})

/** What a container that can write to the folder above could do. */
async function swapFolder(): Promise<void> {
  await rename(place('app'), place('old'))
  await symlink('outside', place('app'))
}

describe('a text file whose folder a link has replaced', () => {
  it('is not read', async () => {
    await swapFolder()
    await expect(readTextFile(place('app/compose.yaml'))).rejects.toMatchObject({ code: 'files.changed' })
  })

  it('is not written, also if that happens during the save, and nothing stays behind', async () => {
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (path, flags, mode) => {
      if (flags === 'wx') await swapFolder()
      return open(path, flags, mode)
    })
    syncBuiltinESMExports()
    await expect(replaceTextFile(place('app/compose.yaml'), 'new', 0o600)).rejects.toMatchObject({
      code: 'files.changed',
    })
    expect(await readFile(place('outside/compose.yaml'), 'utf8')).toBe('theirs')
    expect(await readFile(place('old/compose.yaml'), 'utf8')).toBe('mine')
    expect(await readdir(place('outside'))).toEqual(['compose.yaml'])
    expect(await readdir(place('old'))).toEqual(['compose.yaml'])
  })
})
