import { execFileSync } from 'node:child_process'
import { lstat, mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findHardLinks, parseHardLinks, withHardLinks } from '../../../../src/main/backups/hard-links'
import { readTar, type TarHeader } from '../../../../src/main/backups/tar-format'
import {
  foldersAgain,
  linksByOwner,
  type SeenEntries,
  unpackable,
} from '../../../../src/main/backups/unpackable'
import { archive, collect, type Entry, pieces } from './support'

const mtime = new Date(1_600_000_000_000)

async function checked(
  entries: readonly Entry[],
  devices = false,
): Promise<{ bytes: Buffer; seen: SeenEntries }> {
  const seen = { folders: new Map<string, TarHeader>(), links: new Map<string, TarHeader>() }
  const bytes = await collect(unpackable(pieces(await archive(entries)), { devices, seen }))
  return { bytes, seen }
}

describe('an archive that will be unpacked in the machine', () => {
  it.each<[string, Entry[], string]>([
    ['an absolute path', [{ name: '/etc/passwd', content: 'x' }], 'backup.unsafe-path'],
    ['a path with ..', [{ name: 'a/../../b', content: 'x' }], 'backup.unsafe-path'],
    [
      'a path through a link',
      [
        { name: 'a', type: 'symlink', linkname: '/etc' },
        { name: 'a/b', content: 'x' },
      ],
      'backup.unsafe-path',
    ],
    [
      'a folder in the place of a link',
      [
        { name: 'a', type: 'symlink', linkname: '/etc' },
        { name: './a/', type: 'directory' },
      ],
      'backup.unsafe-path',
    ],
    [
      'a second name for a link',
      [
        { name: 'a', type: 'symlink', linkname: '/etc' },
        { name: 'b', type: 'link', linkname: 'a' },
      ],
      'backup.unsafe-path',
    ],
    [
      'a second name for a file outside',
      [{ name: 'b', type: 'link', linkname: '../a' }],
      'backup.unsafe-path',
    ],
    [
      'a link in the place of a folder',
      [
        { name: 'a', type: 'directory' },
        { name: 'a', type: 'symlink', linkname: '/etc' },
      ],
      'backup.unsafe-path',
    ],
    [
      'a link in the place of the volume',
      [{ name: '.', type: 'symlink', linkname: '/' }],
      'backup.unsafe-path',
    ],
    ['a name that is too long', [{ name: 'a/'.repeat(2048), content: 'x' }], 'backup.damaged'],
    [
      'a target that is too long',
      [{ name: 'a', type: 'symlink', linkname: 'a/'.repeat(2048) }],
      'backup.damaged',
    ],
    ['a device', [{ name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 }], 'backup.device'],
  ])('is refused if it has %s', async (_what, entries, code) => {
    await expect(checked(entries)).rejects.toMatchObject({ code })
  })

  it('is refused if its folders and links need too much memory', async () => {
    const bytes = await archive([
      { name: 'file', content: 'x' },
      { name: 'folder', type: 'directory' },
      { name: 'link', type: 'symlink', linkname: 'folder' },
    ])
    const read = (seenBytes: number) => {
      const seen = { folders: new Map<string, TarHeader>(), links: new Map<string, TarHeader>() }
      return collect(unpackable(pieces(bytes), { devices: false, seen, seenBytes }))
    }
    await expect(read(2000)).resolves.toBeDefined()
    await expect(read(1000)).rejects.toMatchObject({ code: 'backup.damaged' })
  })

  it('may have a device only if Berth has made it, and may always have the mark of a removed file', async () => {
    const whiteout: Entry = { name: 'gone', type: 'character-device', devmajor: 0, devminor: 0 }
    const device: Entry = { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }
    await expect(checked([whiteout])).resolves.toBeDefined()
    await expect(checked([whiteout, device], true)).resolves.toBeDefined()
  })

  describe('for busybox', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'berth-unpack-'))
    })
    afterEach(() => rm(folder, { recursive: true }))
    const untar = (bytes: Buffer) =>
      execFileSync('/bin/busybox', ['tar', '-x', '-f', '-', '-C', folder], { input: bytes })

    it('keeps modes, times, links and empty folders; with the owners of a root', async () => {
      // Only root can change owners.
      const isRoot = process.getuid?.() === 0
      const uid = isRoot ? 70_001 : (process.getuid?.() ?? 0)
      const gid = isRoot ? 12 : (process.getgid?.() ?? 0)
      const owner = { uid, gid, mtime }
      const long = `${'folder-with-a-long-name/'.repeat(6)}file`
      const { bytes, seen } = await checked([
        { name: './', type: 'directory', mode: 0o711, ...owner },
        { name: './sub/', type: 'directory', mode: 0o2750, ...owner },
        { name: './sub/file', mode: 0o640, content: 'content', ...owner },
        { name: './sub/again', type: 'link', linkname: './sub/file', ...owner },
        { name: './sub/link', type: 'symlink', linkname: '../elsewhere', ...owner },
        { name: long, content: 'long', ...owner },
      ])
      untar(bytes)
      untar(await collect(foldersAgain(seen.folders)))
      expect(await stat(folder)).toMatchObject({ uid, gid, mtime })
      expect((await stat(folder)).mode & 0o7777).toBe(0o711)
      expect(await stat(join(folder, 'sub'))).toMatchObject({ uid, gid, mtime })
      expect((await stat(join(folder, 'sub'))).mode & 0o7777).toBe(0o2750)
      const file = await stat(join(folder, 'sub/file'))
      expect(file).toMatchObject({ uid, gid, mtime, nlink: 2 })
      expect((await stat(join(folder, 'sub/again'))).ino).toBe(file.ino)
      expect(await readlink(join(folder, 'sub/link'))).toBe('../elsewhere')
      expect((await lstat(join(folder, 'sub/link'))).isSymbolicLink()).toBe(true)
      expect([...linksByOwner(seen.links)]).toEqual([
        [`${String(uid)}:${String(gid)}`, [Buffer.from('./sub/link\0')]],
      ])
      expect(await readFile(join(folder, long), 'utf8')).toBe('long')
    })
  })
})

describe('files with several names', () => {
  it('are listed up to a limit in the machine, without the name that the limit cuts', async () => {
    const commands: string[] = []
    const exec = (command: string) => {
      commands.push(command)
      return Promise.resolve({ code: 0, stdout: '7 ./a//\n7 ./b//\n8 ./cu', stderr: '' })
    }
    const links = await findHardLinks({ exec }, '/v', new AbortController().signal)
    expect([...links.keys()]).toEqual(['./a', './b'])
    expect(commands[0]).toContain('head -c 67108864')
  })

  it('are stored once, unless the second name has become another file', async () => {
    const bytes = await archive([
      { name: './a', content: 'same', mtime },
      { name: './b', content: 'same', mtime },
      { name: './c', content: 'other', mtime },
      { name: './d', content: 'same', mtime },
    ])
    const links = parseHardLinks('7 ./a//\n7 ./b//\n7 ./c//\n8 ./line\nbreak//\n')
    expect([...links]).toContainEqual(['./line\nbreak', '8'])
    const read: [string, string, string][] = []
    for await (const { path, type, link } of readTar(withHardLinks(pieces(bytes), links)))
      read.push([path, type, link])
    expect(read).toEqual([
      ['./a', 'file', ''],
      ['./b', 'hard-link', './a'],
      ['./c', 'file', ''],
      ['./d', 'file', ''],
    ])
  })
})
