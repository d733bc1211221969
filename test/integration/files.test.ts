import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Files, VolumeContents } from '../../src/main/files'
import type { FileEntry, FileTarget } from '../../src/shared/files'
import type { NewVolume } from '../../src/shared/volumes'
import { EngineFixture, eventually } from '../support/engine-fixture'

/** A hostile container: its links lead to the machine, if a program follows them. */
const hostile = [
  'ln -s /proc/1/root /out-proc',
  'ln -s /../../../../var/lib/docker /out-dots',
  'ln -s /var/lib/docker /out-absolute',
  'ln -s ../../../../../../../etc/passwd /root/out-file',
].join('; ')
const setUp = [
  hostile,
  'echo new > /etc/added',
  'rm /etc/group',
  'echo changed >> /etc/passwd',
  'mkdir -p /work/deep',
  'printf "first\\n" > /work/text',
  'chown 1000:1001 /work/text',
  'chmod 4640 /work/text',
  'touch "$(printf "/work/bad\\377name")"',
  'mkfifo /work/pipe',
  'echo in-volume > /data/file',
].join('; ')

describe('files', { timeout: 120_000 }, () => {
  let fixture: EngineFixture
  let files: Files
  let target: FileTarget
  const volume: FileTarget = { kind: 'volume', name: 'filesdata' }
  const signal = new AbortController().signal

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    files = new Files({ link: fixture.machine.link, engine: fixture.engine })
    const sleep = 'trap "exit 0" TERM; touch /ready; sleep 100000 & wait'
    const { id } = await fixture.run({
      name: 'filed',
      command: ['sh', '-c', `${setUp}; ${sleep}`],
      volumes: [{ volume: 'filesdata', path: '/data', readOnly: false }],
    })
    target = { kind: 'container', id }
    // `expect.poll` works only inside a test.
    await vi.waitFor(
      async () => {
        expect((await list('/')).map(({ name }) => name)).toContain('ready')
      },
      { timeout: 60_000 },
    )
  })
  afterAll(() => fixture.close())

  async function list(path: string, of: FileTarget = target): Promise<FileEntry[]> {
    const entries: FileEntry[] = []
    for await (const part of files.list({ target: of, path }, signal)) entries.push(...part.entries)
    return entries
  }
  async function changes(path: string): Promise<Record<string, string>> {
    const found = (await list(path)).flatMap(({ name, change }) =>
      change === undefined ? [] : [[name, change] as const],
    )
    return Object.fromEntries(found)
  }
  function upload(path: string, content: Buffer | string, more: { replace?: boolean; of?: FileTarget } = {}) {
    const bytes = Buffer.from(content)
    const { of = target, replace = false } = more
    const request = { target: of, path, bytes: bytes.length, replace, parents: true }
    return files.upload(request, Readable.from([bytes]))
  }
  async function content(path: string, of: FileTarget = target): Promise<Buffer> {
    const download = await files.download({ target: of, path }, { folder: false, name: '', signal })
    return buffer(download.stream)
  }
  const read = (path: string) => files.read({ target, path }, { asText: false })

  /** Everything that works the same way in a container that runs and in one that does not. */
  async function checkContainer(): Promise<void> {
    expect(await changes('/etc')).toEqual({ added: 'added', group: 'deleted', passwd: 'changed' })
    expect(await changes('/')).toMatchObject({ etc: 'changed', work: 'added', ready: 'added' })
    expect(Object.keys(await changes('/'))).not.toContain('bin')
    expect(await changes('/data')).toEqual({})

    // No link leads out of the container.
    for (const path of ['/out-dots', '/out-absolute'])
      await expect(list(path)).rejects.toMatchObject({ code: 'files.not-found' })
    await expect(list('/out-proc')).rejects.toThrow(/no file or folder|too many links/)
    await expect(upload('/out-absolute/escaped', 'x')).rejects.toMatchObject({ code: 'files.not-found' })
    expect((await content('/root/out-file')).toString()).toContain('changed')
    expect((await fixture.machine.link.exec('ls /var/lib/docker')).stdout).not.toContain('escaped')

    // A name that is not UTF-8 can be renamed.
    await files.rename({ target, path: '/work/bad%FFname' }, '/work/worse%FE')
    expect((await list('/work')).map(({ name }) => name)).toContain('worse%FE')
    await files.rename({ target, path: '/work/worse%FE' }, '/work/bad%FFname')

    // An edit keeps the owner and the mode, and notices another change.
    const before = await read('/work/text')
    if (before.kind !== 'text') throw new Error(before.kind)
    const edit = { target, path: '/work/text', bytes: 5, replace: true, parents: false }
    await files.upload({ ...edit, unchanged: before.stamp }, Readable.from(['edit\n']))
    expect((await list('/work')).find(({ name }) => name === 'text')).toMatchObject({
      mode: 0o4640,
      user: 1000,
      group: 1001,
      size: 5,
    })
    await expect(
      files.upload({ ...edit, unchanged: before.stamp }, Readable.from(['lost\n'])),
    ).rejects.toMatchObject({ code: 'files.changed' })
    expect(await read('/work/text')).toMatchObject({ kind: 'text', text: 'edit\n' })

    // The volume is at its place. Nothing removes it by mistake.
    expect((await content('/data/file')).toString()).toBe('in-volume\n')
    await expect(files.remove(target, ['/data'])).rejects.toMatchObject({ code: 'files.mount-point' })

    await expect(read('/work/pipe')).rejects.toMatchObject({ code: 'files.not-a-file' })
    await expect(upload('/work/text', 'x')).rejects.toMatchObject({ code: 'files.exists' })
    await files.makeFolder({ target, path: '/work/made' }, { parents: false })
    await expect(files.makeFolder({ target, path: '/work/made' }, { parents: false })).rejects.toMatchObject({
      code: 'files.exists',
    })
    await upload('/work/made/a/b', 'deep')
    await files.remove(target, ['/work/made'])
    expect((await list('/work')).map(({ name }) => name).sort()).toEqual([
      'bad%FFname',
      'deep',
      'pipe',
      'text',
    ])
  }

  it('of a running container can be read and changed, and no link leads out of it', async () => {
    await checkContainer()
    // The engine agrees about what has changed.
    const diff = (await fixture.docker.run('diff', 'filed')).split('\n')
    expect(diff).toEqual(expect.arrayContaining(['A /etc/added', 'D /etc/group', 'C /etc/passwd', 'C /etc']))
    const of = await fixture.engine.containers.storage('filed')
    const machineFile = await fixture.machine.link.exec(`cat /proc/${of.pid}/root/work/text`)
    expect(machineFile.stdout).toBe('edit\n')
  })

  it('are uploaded and downloaded unchanged; a cut upload leaves nothing', async () => {
    const bytes = randomBytes(5_000_000)
    await upload('/work/deep/large', bytes)
    expect((await content('/work/deep/large')).equals(bytes)).toBe(true)
    const { stream } = await files.download({ target, path: '/work' }, { folder: true, name: 'work', signal })
    const names: string[] = []
    const archive = extract()
    stream.pipe(archive)
    for await (const entry of archive) {
      names.push(entry.header.name)
      if (entry.header.name === 'work/deep/large') expect((await buffer(entry)).equals(bytes)).toBe(true)
      else entry.resume()
    }
    expect(names).toEqual(expect.arrayContaining(['work/', 'work/deep/', 'work/text', 'work/pipe']))

    const cut = new Readable({ read: () => undefined })
    cut.push(bytes.subarray(0, 1_000_000))
    const request = { target, path: '/work/deep/cut', bytes: 5_000_000, replace: false, parents: false }
    const failed = expect(files.upload(request, cut)).rejects.toThrow('the page has gone')
    await eventually(async () => (await list('/work/deep')).length).toBe(2)
    cut.destroy(new Error('the page has gone'))
    await failed
    await eventually(async () => (await list('/work/deep')).map(({ name }) => name)).toEqual(['large'])
    await files.remove(target, ['/work/deep/large'])
  })

  it('of a folder are watched', async () => {
    const ended = new AbortController()
    const watch = files.watch({ target, path: '/work' }, ended.signal)
    await watch.next()
    const next = watch.next()
    await fixture.docker.run('exec', 'filed', 'touch', '/work/text')
    expect(await next).toEqual({ done: false, value: { changed: true } })
    ended.abort()
    await watch.return()
    await eventually(async () => (await fixture.machine.link.exec('pgrep -x files')).stdout).toBe('')
  })

  it('of a container that does not run can be read and changed, and are there when it starts', async () => {
    await fixture.docker.run('exec', 'filed', 'sh', '-c', 'chown 1000:1001 /work/text; chmod 4640 /work/text')
    await fixture.engine.containers.kill('filed')
    await eventually(async () => (await fixture.engine.containers.get('filed')).pid).toBe(0)
    await checkContainer()
    expect((await fixture.machine.link.exec('cat /proc/mounts')).stdout).not.toContain('/run/berth/files')
    await upload('/work/later', 'written while stopped')
    await fixture.engine.containers.start('filed')
    expect(await fixture.docker.run('exec', 'filed', 'cat', '/work/later')).toBe('written while stopped')
  })

  it('of a volume can be read and changed', async () => {
    await upload('/made/file', 'content', { of: volume })
    expect((await list('/', volume)).map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      'file file',
      'made folder',
    ])
    expect(await fixture.docker.run('exec', 'filed', 'cat', '/data/made/file')).toBe('content')
    await fixture.docker.run('exec', 'filed', 'ln', '-s', '/etc/passwd', '/data/out')
    await expect(content('/out', volume)).rejects.toMatchObject({ code: 'files.not-found' })
    await expect(list('/../..', volume)).resolves.toHaveLength(3)
    const contents = new VolumeContents({ link: fixture.machine.link, engine: fixture.engine, files })
    const copy: FileTarget = { kind: 'volume', name: 'filescopy' }
    const names = { name: 'filesdata', to: 'filescopy', progress: () => undefined }
    await contents.clone({ ...names, signal })
    expect((await content('/made/file', copy)).toString()).toBe('content')
    expect((await list('/', copy)).map(({ changedAt }) => changedAt)).toEqual(
      (await list('/', volume)).map(({ changedAt }) => changedAt),
    )
    const sizes = await fixture.engine.volumes.sizes()
    expect(sizes.find(({ name }) => name === 'filescopy')?.bytes).toBeGreaterThan(0)
    await expect(contents.clone({ ...names, signal })).rejects.toMatchObject({ code: 'volume.name-taken' })
    await contents.empty('filescopy')
    expect(await list('/', copy)).toEqual([])

    // A cancelled copy leaves no volume behind.
    const cancelled = new AbortController()
    const { volumes, containers } = fixture.engine
    const createThenCancel = async (created: NewVolume): Promise<void> => {
      await volumes.create(created)
      cancelled.abort(new Error('no longer wanted'))
    }
    const cancelling = new VolumeContents({
      link: fixture.machine.link,
      engine: {
        containers,
        volumes: {
          create: createThenCancel,
          folder: (name) => volumes.folder(name),
          settings: (name) => volumes.settings(name),
          remove: (name) => volumes.remove(name),
        },
      },
      files,
    })
    await expect(cancelling.clone({ ...names, to: 'filescut', signal: cancelled.signal })).rejects.toThrow(
      'no longer wanted',
    )
    expect(await volumes.find('filescut')).toBeUndefined()
    await expect(list('/', { kind: 'volume', name: 'nowhere' })).rejects.toMatchObject({
      code: 'volume.not-found',
    })
  })
})
