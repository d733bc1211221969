import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FileServer } from '../../../../../src/main/file-server/file-server'
import { jobType, opcode, readNumber, setattrFlag } from '../../../../../src/main/file-server/protocol/fuse'
import { FuseClient } from '../../../../support/fuse-client'

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>()
  const watch = vi.fn(actual.watch)
  return { ...actual, watch }
})

const nobody = 65_534

describe('watched folders', () => {
  let folder: string
  let client: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-watches-')))
    fs.chmodSync(folder, 0o777)
    // Root may read everything, so the test runs as another user.
    if (process.getuid?.() === 0) process.seteuid?.(nobody)
    fs.mkdirSync(join(folder, 'sub/deep'), { recursive: true })
    for (const name of ['sub/file', 'sub/deep/file']) fs.writeFileSync(join(folder, name), 'x')
    client = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  })
  afterEach(async () => {
    process.seteuid?.(process.getuid?.() ?? 0)
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  const change = (mode: number) => {
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.MODE, 0)
    body.writeUInt32LE(mode, 68)
    return client.ask(opcode.SETATTR, client.walk('1', 'sub'), body).errno
  }

  /** The paths of the replays that were sent. */
  const replayed = () => {
    client.receive()
    return client.others.flatMap(({ bytes }) =>
      bytes.readUInt32LE(16) === jobType.REPLAY ? bytes.toString('latin1', 28).split('\0').slice(0, 1) : [],
    )
  }

  it('are not treated as empty while the server may not read them, and their watches continue', async () => {
    client.walk('1', 'sub', 'deep', 'file')
    client.walk('1', 'sub', 'file')
    expect(change(0)).toBe(0)
    fs.writeFileSync(join(folder, 'last'), '')
    await expect.poll(replayed).toContain('1/last')
    fs.chmodSync(join(folder, 'sub'), 0o755)
    fs.rmSync(join(folder, 'sub/file'))
    await expect.poll(replayed).toContain('1/sub/file')
    expect(replayed().filter((path) => path.includes('deep'))).toEqual([])
  })

  it('report no changes for another spelling of a name, so the guest may not cache this spelling', () => {
    client.close()
    const root = { id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }
    client = new FuseClient(
      [root],
      (options) => new FileServer({ ...options, platform: 'darwin', shares: [root] }),
    )
    const { files } = client.server.context
    const find = files.find.bind(files)
    // Simulates a file system that ignores case.
    vi.spyOn(files, 'find').mockImplementation((path) => find(path.replace(/FILE$/, 'file')))
    const sub = client.walk('1', 'sub')
    for (const again of [1, 2]) {
      expect(client.lookup(sub, 'file').validity, `${again}`).toBeGreaterThan(60)
      const other = client.lookup(sub, 'FILE')
      expect(other).toMatchObject({ errno: 0, validity: 0 })
      expect(readNumber(client.ask(opcode.GETATTR, other.node, Buffer.alloc(16)).payload, 0)).toBe(0)
    }
    expect(client.lookup(sub, 'made').errno).not.toBe(0)
    client.create(sub, 'made')
    expect(client.lookup(sub, 'made').validity).toBeGreaterThan(60)
  })

  it('get no further watches after the system has refused one', () => {
    const asked = vi.mocked(fs.watch).mockClear()
    asked.mockImplementationOnce(() => {
      throw Object.assign(new Error('no more'), { code: 'ENOSPC' })
    })
    client.walk('1', 'sub', 'deep', 'file')
    expect(asked).toHaveBeenCalledTimes(1)
  })
})
