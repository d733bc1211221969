import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  opcode,
  readNumber,
  setattrFlag,
  writeNumber,
} from '../../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../../src/main/file-server/protocol/linux'
import { mountsSnapshotSchema, restoreServer, snapshotOf } from '../../../../../src/main/file-server/snapshot'
import { FuseClient } from '../../../../support/fuse-client'

describe('an open file or folder', () => {
  let folder: string
  let client: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-handles-')))
    for (const name of ['own', 'other']) fs.mkdirSync(join(folder, name))
    for (const name of ['own/file', 'other/file']) fs.writeFileSync(join(folder, name), 'content')
    client = new FuseClient([share('1', 'own'), share('2', 'other', false)])
  })
  afterEach(async () => {
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  function share(id: string, name: string, writable = true) {
    const path = join(folder, name)
    return { id, hostPath: path, path, writable, guestPath: path }
  }

  const numbered = (handle: number, bytes = 88) => {
    const body = Buffer.alloc(bytes)
    writeNumber(body, handle, bytes === 88 ? 8 : 0)
    return body
  }

  function suspended(): unknown {
    const snapshot: unknown = JSON.parse(JSON.stringify(snapshotOf(client.server)))
    client.close()
    return snapshot
  }

  it('cannot be changed with the node id of a file in another share', () => {
    fs.chmodSync(join(folder, 'other/file'), 0o600)
    const own = client.walk('1', 'file')
    const { handle } = client.open(client.walk('2', 'file'))
    const change = numbered(handle)
    change.writeUInt32LE(setattrFlag.FH | setattrFlag.MODE, 0)
    change.writeUInt32LE(0o777, 68)
    expect(client.ask(opcode.SETATTR, own, change).errno).toBe(errno.EBADF)
    expect(fs.statSync(join(folder, 'other/file')).mode & 0o777).toBe(0o600)
    expect(client.read(handle, 0, 100, own).errno).toBe(errno.EBADF)
    expect(client.write(handle, Buffer.from('x'), 0, own).errno).toBe(errno.EBADF)
    for (const code of [opcode.FSYNC, opcode.RELEASE])
      expect(client.ask(code, own, numbered(handle, 24)).errno).toBe(errno.EBADF)
    expect(client.read(handle).payload.toString()).toBe('content')
  })

  it.runIf(process.platform === 'linux')('is closed when its share is removed or becomes read-only', () => {
    const { handle } = client.open(client.walk('1', 'file'), 2)
    const stays = client.open(client.walk('2', 'file')).handle
    const before = fs.readdirSync('/proc/self/fd').length
    client.server.setShares([share('1', 'own', false), share('2', 'other', false)])
    expect(client.write(handle, Buffer.from('changed')).errno).toBe(errno.EBADF)
    expect(fs.readFileSync(join(folder, 'own/file'), 'utf8')).toBe('content')
    expect(client.read(stays).payload.toString()).toBe('content')
    client.server.setShares([])
    expect(client.read(stays).errno).toBe(errno.EBADF)
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before - 2)
  })

  it('cannot be listed after its share is removed', () => {
    const root = client.walk('1')
    const handle = readNumber(client.ask(opcode.OPENDIR, root, Buffer.alloc(8)).payload, 0)
    const body = numbered(handle, 40)
    body.writeUInt32LE(4096, 16)
    expect(client.ask(opcode.READDIR, root, body).payload.length).toBeGreaterThan(0)
    client.server.setShares([])
    expect(client.ask(opcode.READDIR, root, body).errno).toBe(errno.EBADF)
  })

  it('returns an error instead of empty content if the file was deleted during a suspension', () => {
    const file = client.walk('1', 'file')
    const { handle } = client.open(file, 2)
    const snapshot = mountsSnapshotSchema.parse(suspended())
    fs.rmSync(join(folder, 'own/file'))
    const next = new FuseClient([], (options) => restoreServer(snapshot, options))
    expect(next.read(handle, 0, 100, file).errno).toBe(errno.ESTALE)
    expect(next.write(handle, Buffer.from('x'), 0, file).errno).toBe(errno.ESTALE)
    expect(next.ask(opcode.FSYNC, file, numbered(handle, 16)).errno).toBe(errno.ESTALE)
    expect(next.ask(opcode.RELEASE, file, numbered(handle, 24)).errno).toBe(0)
    next.close()
  })

  it('is not restored from a snapshot if its name leads out of its share', () => {
    const { handle } = client.open(client.walk('1', 'file'), 2)
    const file = client.walk('1', 'file')
    const snapshot = mountsSnapshotSchema.parse(suspended())
    for (const node of snapshot.nodes)
      Object.assign(node, {
        names: [{ parent: 2, name: '../other/file' }],
        ino: String(fs.statSync(join(folder, 'other/file')).ino),
      })
    const next = new FuseClient([], (options) => restoreServer(snapshot, options))
    expect(next.write(handle, Buffer.from('x'), 0, file).errno).toBe(errno.ESTALE)
    next.close()
    const [first] = snapshot.shares
    expect(() => mountsSnapshotSchema.parse({ ...snapshot, shares: [first, first] })).toThrow()
  })

  it('can be synced to the disk if it is a folder, and causes an error if the folder is gone', () => {
    const root = client.walk('1')
    const handle = readNumber(client.ask(opcode.OPENDIR, root, Buffer.alloc(8)).payload, 0)
    expect(client.ask(opcode.FSYNCDIR, root, numbered(handle, 16)).errno).toBe(0)
    fs.renameSync(join(folder, 'own'), join(folder, 'away'))
    expect(client.ask(opcode.FSYNCDIR, root, numbered(handle, 16)).errno).toBe(errno.ENOENT)
  })
})
