import { execFileSync } from 'node:child_process'
import { mkdtemp, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  readTar,
  tarEnd,
  tarHeader,
  type TarHeader,
  tarPadding,
} from '../../../../src/main/backups/tar-format'
import { archive, collect, pieces } from './support'

const file: TarHeader = {
  path: './a',
  type: 'file',
  link: '',
  mode: 0o4755,
  user: 1_000_660_000,
  group: 5,
  size: 3,
  changedAt: 1_700_000_000,
  device: { major: 0, minor: 0 },
}

async function entries(bytes: Buffer): Promise<(TarHeader & { text: string })[]> {
  const all: (TarHeader & { text: string })[] = []
  for await (const { content, ...header } of readTar(pieces(bytes)))
    all.push({ ...header, text: (await collect(content)).toString() })
  return all
}

describe('a tar archive', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-tar-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is read as it was written, with long names, names that are not UTF-8, and large numbers', async () => {
    const headers: TarHeader[] = [
      { ...file, path: './', type: 'folder', size: 0 },
      { ...file, path: `./${'long/'.repeat(60)}name` },
      { ...file, path: './\xff\xfe', type: 'link', link: 'x'.repeat(300), size: 0 },
      { ...file, path: './whiteout', type: 'character', size: 0, device: { major: 3, minor: 70_000_000 } },
      { ...file, path: './large', size: 0, changedAt: 2 ** 40 },
    ]
    const bytes = headers.flatMap((header) =>
      header.size === 0 ? [tarHeader(header)] : [tarHeader(header), Buffer.from('abc'), tarPadding(3)],
    )
    const read = await entries(Buffer.concat([...bytes, tarEnd]))
    expect(read).toEqual(headers.map((header) => ({ ...header, text: header.size === 0 ? '' : 'abc' })))
  })

  it.each(['ustar', 'gnu', 'pax', 'v7'])('of GNU tar in the format %s is read', async (format) => {
    await mkdir(join(folder, 'sub'))
    const name = format === 'v7' || format === 'ustar' ? 'short' : `${'긴 이름 '.repeat(12)}.txt`
    await writeFile(join(folder, 'sub', name), 'content')
    await symlink('sub', join(folder, 'link'))
    const owner = format === 'pax' || format === 'gnu' ? 3_000_000 : 1000
    const bytes = execFileSync('tar', [
      `--format=${format}`,
      `--owner=:${String(owner)}`,
      '--group=:7',
      '--mtime=@1700000000',
      '-cf',
      '-',
      '-C',
      folder,
      '.',
    ])
    const read = await entries(bytes)
    const found = read.find(({ type }) => type === 'file')
    expect(found).toMatchObject({ user: owner, group: 7, changedAt: 1_700_000_000, text: 'content' })
    expect(Buffer.from(found?.path ?? '', 'latin1').toString()).toBe(`./sub/${name}`)
    expect(read.find(({ type }) => type === 'link')).toMatchObject({ path: './link', link: 'sub' })
    expect(read.filter(({ type }) => type === 'folder').map(({ path }) => path)).toContain('./sub/')
  })

  it('with sparse files is refused, because its content would be wrong', async () => {
    await writeFile(join(folder, 'sparse'), 'x')
    await truncate(join(folder, 'sparse'), 10_000_000)
    for (const format of ['gnu', 'pax']) {
      const bytes = execFileSync('tar', [
        `--format=${format}`,
        '--sparse',
        '-cf',
        '-',
        '-C',
        folder,
        'sparse',
      ])
      await expect(entries(bytes)).rejects.toMatchObject({ code: 'backup.unsupported-entry' })
    }
  })

  it.each(['path', 'linkpath'])('is refused if the attribute %s has a NUL', async (key) => {
    const record = (value: string) => Buffer.from(`20 ${key}=${value}`.padEnd(19, 'x') + '\n')
    const withAttribute = (content: Buffer) => {
      const extension = tarHeader({ ...file, size: content.length })
      // The checksum counts the letter of the type.
      extension.write('x', 156)
      extension.write(' '.repeat(8), 148)
      const sum = extension.reduce((total, byte) => total + byte, 0)
      extension.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      const link = tarHeader({ ...file, type: 'link', link: 'b', size: 0 })
      return Buffer.concat([extension, content, tarPadding(content.length), link, tarEnd])
    }
    expect(await entries(withAttribute(record('a')))).toHaveLength(1)
    await expect(entries(withAttribute(record('a\0/')))).rejects.toMatchObject({ code: 'backup.damaged' })
  })

  it('that is no tar archive is refused', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('text'), Buffer.alloc(2048, 'x')])
      await expect(entries(bytes)).rejects.toMatchObject({ code: 'backup.not-an-archive' })
  })

  it('is refused if it ends early at any place, or if a byte of a header is wrong', async () => {
    const bytes = await archive([
      { name: 'one', content: 'first' },
      { name: 'zeros', content: '\0'.repeat(3000) },
      { name: 'three' },
    ])
    for (const length of [600, 1024, 1536, 3000, bytes.length - 1024])
      await expect(entries(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'backup.damaged' })
    const wrong = Buffer.from(bytes)
    wrong[1024 + 3] = 66
    await expect(entries(wrong)).rejects.toMatchObject({ code: 'backup.damaged' })
    expect(await entries(bytes)).toHaveLength(3)
  })
})
