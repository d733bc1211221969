import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contextEntries } from '../../../../src/main/builds/context-files'
import { IgnoreRules } from '../../../../src/main/builds/dockerignore'
import { sendContext, type SendOptions } from '../../../../src/main/builds/send-context'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-context-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
const options = (fields: Partial<SendOptions> = {}): SendOptions => ({
  folder,
  rules: IgnoreRules.parse('', ''),
  signal: new AbortController().signal,
  onSent: () => undefined,
  ...fields,
})
async function taken(ignored: string, always: string[] = []): Promise<string[]> {
  const paths: string[] = []
  const rules = IgnoreRules.parse(ignored, '')
  for await (const { path } of contextEntries(options({ rules, always }))) paths.push(path)
  return paths
}

describe('the files that a build takes', () => {
  it('are all files, each folder before its content', async () => {
    await put({ Dockerfile: '', 'src/b': '', 'src/a': '' })
    await mkdir(join(folder, 'empty'))
    expect(await taken('')).toEqual(['Dockerfile', 'empty', 'src', 'src/a', 'src/b'])
  })

  it('leave out what is ignored, and come back with the folders above an exception', async () => {
    await put({ 'a/b/keep': '', 'a/b/lose': '', 'a/c/lose': '', 'z/x': '' })
    expect(await taken('a\n!a/b/keep')).toEqual(['a', 'a/b', 'a/b/keep', 'z', 'z/x'])
  })

  it('always include the Dockerfile', async () => {
    await put({ 'docker/Dockerfile': '', a: '' })
    expect(await taken('docker', ['docker/Dockerfile'])).toEqual(['a', 'docker/Dockerfile'])
  })

  it('are not those that vanish while Berth lists the folder', async () => {
    await put({ a: '', gone: '', 'src/gone': '', z: '' })
    const paths: string[] = []
    for await (const { path } of contextEntries(options())) {
      paths.push(path)
      if (path === 'a') await rm(join(folder, 'gone'))
      if (path === 'src') await rm(join(folder, 'src'), { recursive: true })
    }
    expect(paths).toEqual(['a', 'src', 'z'])
  })

  it('must include the files that are always sent', async () => {
    await expect(taken('', ['Dockerfile'])).rejects.toMatchObject({ code: 'build.file-unreadable' })
  })

  // Only Linux has such names.
  it.skipIf(process.platform !== 'linux')('must have a name that is UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), '')
    await expect(taken('')).rejects.toMatchObject({ code: 'build.file-unreadable' })
  })

  it('are no sockets', async () => {
    const server = createServer().listen(join(folder, 'socket'))
    await put({ a: '' })
    expect(await taken('')).toEqual(['a'])
    server.close()
  })
})

describe.skipIf(process.platform === 'win32')('a folder that is sent', () => {
  it('arrives with its content, modes, links and long names', async () => {
    const long = `${'n'.repeat(120)}/${'한'.repeat(60)}`
    await put({ 'run.sh': '#!/bin/sh\n', [long]: 'deep', big: 'x'.repeat(3_000_000), empty: '' })
    await chmod(join(folder, 'run.sh'), 0o750)
    await symlink('../outside', join(folder, 'link'))
    const to = new PassThrough()
    const archive = buffer(to)
    const sent: number[] = []
    await sendContext(options({ onSent: (bytes) => sent.push(bytes) }), to)
    const target = await mkdtemp(join(tmpdir(), 'berth-context-'))
    await writeFile(join(target, 'a.tar'), await archive)
    await promisify(execFile)('tar', ['xf', join(target, 'a.tar'), '-C', target])
    expect(await readFile(join(target, long), 'utf8')).toBe('deep')
    expect(await readFile(join(target, 'big'), 'utf8')).toHaveLength(3_000_000)
    expect((await stat(join(target, 'run.sh'))).mode & 0o777).toBe(0o750)
    expect((await stat(join(target, 'empty'))).size).toBe(0)
    expect(await readlink(join(target, 'link'))).toBe('../outside')
    expect(sent.at(-1)).toBe((await archive).length)
    await rm(target, { recursive: true })
  })

  it.skipIf(process.getuid?.() === 0)('fails if a file cannot be read', async () => {
    await put({ secret: 'x' })
    await chmod(join(folder, 'secret'), 0)
    const to = new PassThrough().resume()
    await expect(sendContext(options(), to)).rejects.toMatchObject({
      code: 'build.file-unreadable',
      params: { path: join(folder, 'secret') },
    })
  })

  it('fails if the folder is gone', async () => {
    const to = new PassThrough().resume()
    await expect(sendContext(options({ folder: join(folder, 'gone') }), to)).rejects.toMatchObject({
      code: 'build.file-unreadable',
    })
  })

  it('fails if the stream closes', async () => {
    await put({ big: 'x'.repeat(3_000_000) })
    const to = new PassThrough()
    setImmediate(() => to.destroy())
    await expect(sendContext(options(), to)).rejects.toThrow()
  })
})
