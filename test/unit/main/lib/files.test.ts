import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ensurePrivateFolder,
  exists,
  folderNames,
  readText,
  replaceFile,
  syncFolder,
  toHome,
  unwritable,
  writePrivateFile,
} from '../../../../src/main/lib/files'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-files-'))
  file = join(folder, 'file')
})
afterEach(() => rm(folder, { recursive: true }))

const mode = async (path: string) => (await stat(path)).mode & 0o777

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code })
}

describe('a private file', () => {
  it('is replaced as a whole, and only the current user can read the file', async () => {
    await writeFile(file, 'old', { mode: 0o644 })
    await writePrivateFile(file, 'new')
    expect(await readFile(file, 'utf8')).toBe('new')
    expect(await mode(file)).toBe(0o600)
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('cannot be written to a folder that does not exist, and leaves no file behind', async () => {
    await expect(writePrivateFile(join(folder, 'no', 'file'), '')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(folder)).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)(
    'that cannot be written is reported with the name of its folder',
    async () => {
      await chmod(folder, 0o500)
      await expect(writePrivateFile(file, '')).rejects.toMatchObject({
        code: 'host.folder-unwritable',
        params: { folder },
      })
      await chmod(folder, 0o700)
    },
  )
})

describe('another program’s file', () => {
  it('keeps its mode when Berth replaces it, no matter what the umask is', async () => {
    await writeFile(file, 'old')
    await chmod(file, 0o666)
    await replaceFile(file, 'new')
    expect(await readFile(file, 'utf8')).toBe('new')
    expect(await mode(file)).toBe(0o666)
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('can be replaced through a symbolic link, and the link remains', async () => {
    await writeFile(file, 'old')
    await symlink('file', join(folder, 'link'))
    await replaceFile(join(folder, 'link'), 'new')
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true)
    expect(await readFile(file, 'utf8')).toBe('new')
  })

  it('is private if it is new, and its folder is private if the folder is new', async () => {
    await replaceFile(join(folder, 'made', 'file'), 'new')
    expect(await mode(join(folder, 'made'))).toBe(0o700)
    expect(await mode(join(folder, 'made', 'file'))).toBe(0o600)
  })
})

it('returns an error with the reason why a folder cannot be written to', () => {
  expect(unwritable('/home', systemError('EDQUOT'))).toMatchObject({ code: 'host.no-space' })
  expect(unwritable('/home', systemError('EROFS'))).toMatchObject({
    code: 'host.folder-unwritable',
    params: { folder: '/home' },
    detail: 'EROFS: refused',
  })
})

it('shortens only paths below the home folder', () => {
  expect(['/home/me', '/home/me/app', '/home/mel/app'].map((path) => toHome(path, '/home/me'))).toEqual([
    ...['~', '~/app', '/home/mel/app'],
  ])
  expect(toHome('C:\\Users\\me\\app', 'C:\\Users\\me')).toBe('C:\\Users\\me\\app')
})

it('creates a folder that only the current user can enter', async () => {
  const made = join(folder, 'a', 'b')
  await ensurePrivateFolder(made)
  await ensurePrivateFolder(made)
  expect(await mode(made)).toBe(0o700)
  await syncFolder(made)
  await writeFile(file, '')
  await expect(ensurePrivateFolder(join(file, 'c'))).rejects.toMatchObject({ code: 'host.folder-unwritable' })
})

it('returns no text and no names for a missing file, and rejects for any other failure', async () => {
  expect(await readText(file)).toBeUndefined()
  expect(await exists(file)).toBe(false)
  expect(await folderNames(file)).toEqual([])
  await writeFile(file, 'text')
  expect(await readText(file)).toBe('text')
  expect(await exists(file)).toBe(true)
  expect(await folderNames(folder)).toEqual(['file'])
  await expect(readText(folder)).rejects.toMatchObject({ code: 'EISDIR' })
  await expect(folderNames(file)).rejects.toMatchObject({ code: 'ENOTDIR' })
})
