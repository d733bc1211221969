import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../../../src/main/host/log'
import { withBindSources } from '../../../../src/main/docker-socket/create-request'
import { Mounts } from '../../../../src/main/mounts/mounts'
import type { MountsSnapshot } from '../../../../src/main/file-server/snapshot'
import { startFileServerThread } from '../../../support/file-server-thread'

describe('shared folders', () => {
  let base: string
  const opened: Mounts[] = []

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'berth-shares-')))
    for (const name of ['a', 'b', 'c']) fs.mkdirSync(join(base, name))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((mounts) => mounts.close()))
    await rm(base, { recursive: true, force: true })
  })

  const folder = (name: string, writable = true) => ({ path: join(base, name), writable })

  function sharing(...folders: ReturnType<typeof folder>[]): Promise<Mounts> {
    return sharingWith({}, ...folders)
  }

  async function sharingWith(
    options: { lookAgainMs?: number },
    ...folders: ReturnType<typeof folder>[]
  ): Promise<Mounts> {
    const mounts = new Mounts({
      log: createLog(join(base, 'logs')),
      platform: 'linux',
      ownFolder: join(base, 'own'),
      startThread: startFileServerThread,
      ...options,
    })
    opened.push(mounts)
    await mounts.setFolders(folders)
    await mounts.listen()
    return mounts
  }

  it('leave no socket on the disk if they are closed before a machine has connected', async () => {
    const mounts = await sharing(folder('a'))
    const address = await mounts.listen()
    if (!('path' in address)) throw new Error('a port')
    expect(fs.existsSync(address.path)).toBe(true)
    await mounts.close()
    expect(fs.existsSync(dirname(address.path))).toBe(false)
  })

  it('are searched for while they are missing, and keep their ids when they disappear and return', async () => {
    const mounts = await sharingWith({ lookAgainMs: 10 }, folder('a'), folder('drive/x'))
    const problems = () => mounts.state.folders.map(({ problem }) => problem?.code)
    const missing = 'mounts.folder-missing'
    expect(problems()).toEqual([undefined, missing])
    fs.mkdirSync(join(base, 'drive/x'), { recursive: true })
    await expect.poll(problems).toEqual([undefined, undefined])
    const before = sharesOf(await mounts.snapshot())
    expect(Object.keys(before)).toEqual(['a', 'drive/x'])
    fs.renameSync(join(base, 'drive'), join(base, 'unplugged'))
    await expect(mounts.bindSource(join(base, 'drive/x'))).rejects.toMatchObject({ code: missing })
    expect(problems()).toEqual([undefined, missing])
    // The folder keeps its id, so that a container with this mount continues when the drive returns.
    expect(sharesOf(await mounts.snapshot())).toEqual(before)
    fs.renameSync(join(base, 'unplugged'), join(base, 'drive'))
    await expect.poll(problems).toEqual([undefined, undefined])
    expect(await mounts.bindSource(join(base, 'drive/x'))).toBe(join(base, 'drive/x'))
    fs.rmSync(join(base, 'drive'), { recursive: true })
    await mounts.lookAgain()
    await mounts.setFolders([folder('a')])
    expect(Object.keys(sharesOf(await mounts.snapshot()))).toEqual(['a'])
  })

  const sharesOf = ({ shares }: MountsSnapshot) =>
    Object.fromEntries(shares.map(({ hostPath, id }) => [hostPath.slice(base.length + 1), id]))

  it('keep their ids after a suspension, even if the list of folders has changed since', async () => {
    const snapshot = await (await sharing(folder('a'), folder('b'))).snapshot()
    expect(sharesOf(snapshot)).toEqual({ a: '1', b: '2' })
    const next = await sharing(folder('b'), folder('c'))
    await next.restore(snapshot)
    expect(sharesOf(await next.snapshot())).toEqual({ b: '2', c: '3' })
  })

  it('keep their ids after a suspension if a drive is missing at the resume', async () => {
    fs.mkdirSync(join(base, 'c'), { recursive: true })
    const mounts = await sharing(folder('a'), folder('b'), folder('c'))
    await mounts.setFolders([folder('b'), folder('c')])
    const snapshot = await mounts.snapshot()
    expect(sharesOf(snapshot)).toEqual({ b: '2', c: '3' })
    fs.renameSync(join(base, 'b'), join(base, 'unplugged'))
    const next = await sharing(folder('b'), folder('c'))
    await next.restore(snapshot)
    expect(sharesOf(await next.snapshot())).toEqual({ b: '2', c: '3' })
  })

  it('have no open files after a suspension if they are no longer shared, or if their write access has changed', async () => {
    const snapshot = await (await sharing(folder('a'), folder('b'))).snapshot()
    for (const [name, share] of [
      ['file', '1'],
      ['other', '2'],
    ] as const) {
      fs.writeFileSync(join(base, share === '1' ? 'a' : 'b', name), '')
      const ino = String(fs.statSync(join(base, share === '1' ? 'a' : 'b', name)).ino)
      const id = 2 ** 40 + Number(share)
      snapshot.nodes.push({
        ...{ id, ino, share, lookups: 1, type: 0o100000 },
        names: [{ parent: 1 + Number(share), name }],
        last: [],
      })
      snapshot.files.push({ id: Number(share), node: id, flags: 2 })
    }
    const same = await sharing(folder('a'), folder('b'))
    await same.restore(snapshot)
    expect((await same.snapshot()).files).toHaveLength(2)
    const next = await sharing(folder('b', false))
    await next.restore(snapshot)
    const { files, nodes, shares } = await next.snapshot()
    expect([files, nodes]).toEqual([[], []])
    expect(shares).toMatchObject([{ id: '2', writable: false }])
  })

  it('are refused if their real path is inside another shared folder', async () => {
    fs.mkdirSync(join(base, 'a/projects'))
    fs.symlinkSync(join(base, 'a/projects'), join(base, 'link'))
    const mounts = await sharing(folder('a'), folder('link', false))
    expect(mounts.state.folders.map(({ problem }) => problem?.code)).toEqual([
      undefined,
      'mounts.nested-folder',
    ])
    expect(sharesOf(await mounts.snapshot())).toEqual({ a: '1' })
  })

  it('are refused if their path uses a symbolic link inside another shared folder', async () => {
    fs.symlinkSync(join(base, 'b'), join(base, 'a/projects'))
    fs.symlinkSync('a/../a/projects', join(base, 'link'))
    for (const folders of [
      [folder('a'), folder('link')],
      [folder('link'), folder('a')],
    ]) {
      const mounts = await sharing(...folders)
      expect(Object.keys(sharesOf(await mounts.snapshot()))).toEqual(['a'])
    }
  })

  it('refuse bind mounts in a folder that is missing', async () => {
    const mounts = await sharing(folder('a'), folder('missing'))
    const body = (path: string) => ({ HostConfig: { Binds: [`${join(base, path)}:/data`] } })
    expect(await withBindSources(body('a/x'), mounts.bindContext)).toEqual(body('a/x'))
    await expect(withBindSources(body('missing/x'), mounts.bindContext)).rejects.toThrow(
      expect.objectContaining({ code: 'mounts.folder-missing' }),
    )
    await expect(mounts.bindSource(join(base, 'missing'))).rejects.toMatchObject({
      code: 'mounts.folder-missing',
    })
  })
})
