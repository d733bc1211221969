import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  fromAgent,
  jobType,
  opcode,
  renameFlag,
  replayOperation,
  rootId,
  setattrFlag,
  toAgent,
  writeNumber,
} from '../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { mountsSnapshotSchema, restoreServer, snapshotOf } from '../../../../src/main/file-server/snapshot'
import { FuseClient, text } from '../../../support/fuse-client'

const helper = 500

/** A guest whose helper may send requests at the wrong time or from another process. */
class Guest extends FuseClient {
  /** Receives the jobs that the server has sent since the last call. */
  jobs(): { type: number; seq: number; data: Buffer }[] {
    this.receive()
    return this.others
      .splice(0)
      .filter(({ code }) => code === toAgent.JOB)
      .map(({ bytes }) => ({
        type: bytes.readUInt32LE(16),
        seq: bytes.readUInt32LE(20),
        data: bytes.subarray(24),
      }))
  }

  begin(pid = helper): void {
    this.control(fromAgent.HELPER, pid)
    this.as(pid, () => this.lookup(rootId, '.helper:0:0'))
  }

  doAll(): void {
    for (const { seq } of this.jobs()) this.as(helper, () => this.lookup(rootId, `.done:${seq}:0`))
  }

  /** Waits until the helper gets a replay of this operation. Does not carry out the replay. */
  async given(operation: number): Promise<void> {
    await expect
      .poll(() => this.jobs().some(({ type, data }) => isReplay(type, data, operation)), { timeout: 10_000 })
      .toBe(true)
  }

  unlink(folder: number, name: string): number {
    return this.ask(opcode.UNLINK, folder, text(name)).errno
  }

  makeNode(folder: number, name: string): number {
    const head = Buffer.alloc(16)
    head.writeUInt32LE(0o100644, 0)
    return this.ask(opcode.MKNOD, folder, Buffer.concat([head, text(name)])).errno
  }

  truncate(node: number): number {
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.SIZE, 0)
    return this.ask(opcode.SETATTR, node, body).errno
  }
}

function isReplay(type: number, data: Buffer, operation: number): boolean {
  return type === jobType.REPLAY && data.readUInt32LE(0) === operation
}

describe('the agent’s helper', () => {
  let top: string
  let shared: string
  let guest: Guest
  const file = () => join(shared, 'file')

  beforeEach(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'berth-helper-')))
    shared = join(top, 'shared')
    fs.mkdirSync(join(shared, 'dir/deep'), { recursive: true })
    fs.writeFileSync(file(), 'old')
    guest = new Guest([{ id: '1', hostPath: shared, path: shared, writable: true, guestPath: shared }])
    guest.begin()
    guest.doAll()
  })
  afterEach(async () => {
    guest.close()
    await rm(top, { recursive: true, force: true })
  })

  /** Replaces the file. The helper will get two jobs: remove the old file, and create the new file. */
  function replace(): void {
    fs.rmSync(file())
    fs.writeFileSync(file(), 'new')
  }

  function replaysEverything(client: Guest, pid: number): number[] {
    const root = client.walk('1')
    return client.as(pid, () => {
      const { node } = client.lookup(root, 'file')
      return [client.unlink(root, 'file'), client.makeNode(root, 'file'), client.truncate(node)]
    })
  }

  it('cannot use the jobs of an earlier helper process to change the host', async () => {
    guest.walk('1', 'file')
    replace()
    await guest.given(replayOperation.UNLINK)
    guest.begin(501)
    expect(replaysEverything(guest, 501)).toEqual([errno.EIO, errno.EIO, errno.EIO])
    expect(fs.readFileSync(file(), 'utf8')).toBe('new')
  })

  it('cannot use the jobs of an earlier server to change the host after a restore', async () => {
    guest.walk('1', 'file')
    replace()
    await guest.given(replayOperation.UNLINK)
    const snapshot = mountsSnapshotSchema.parse(JSON.parse(JSON.stringify(snapshotOf(guest.server))))
    const resumed = new Guest([], (options) => restoreServer(snapshot, options))
    expect(replaysEverything(resumed, helper)).toEqual([errno.EIO, errno.EIO, errno.EIO])
    resumed.close()
    const next = new Guest([{ id: '1', hostPath: shared, path: shared, writable: true, guestPath: shared }])
    next.control(fromAgent.HELLO_AGAIN, helper)
    expect(replaysEverything(next, helper)).toEqual([errno.EIO, errno.EIO, errno.EIO])
    next.close()
    expect(fs.readFileSync(file(), 'utf8')).toBe('new')
  })

  it('may use only the name and the operation of its current job', async () => {
    const root = guest.walk('1')
    const { node } = guest.lookup(root, 'file')
    fs.writeFileSync(join(shared, 'made'), '')
    await guest.given(replayOperation.CREATE)
    guest.as(helper, () => {
      expect(guest.unlink(root, 'made')).toBe(errno.EIO)
      expect(guest.makeNode(root, 'other')).toBe(errno.EIO)
      expect(guest.create(root, 'other').errno).toBe(errno.EIO)
      expect(guest.truncate(node)).toBe(errno.EIO)
      expect(guest.open(node, 1).errno).toBe(errno.EIO)
      expect(guest.makeNode(root, 'made')).toBe(0)
    })
    expect(fs.readdirSync(shared).sort()).toEqual(['dir', 'file', 'made'])
  })

  it('cannot be impersonated by another process', async () => {
    const root = guest.walk('1')
    guest.lookup(root, 'made')
    fs.writeFileSync(join(shared, 'made'), '')
    await guest.given(replayOperation.CREATE)
    guest.as(666, () => guest.lookup(rootId, '.helper:0:0'))
    expect(guest.jobs()).toEqual([])
    expect(guest.as(666, () => guest.unlink(root, 'made'))).toBe(0)
    expect(fs.existsSync(join(shared, 'made'))).toBe(false)
  })

  it('cannot give a file a name that leads out of the share', async () => {
    const root = guest.walk('1')
    const { node } = guest.lookup(root, 'file')
    fs.writeFileSync(join(shared, 'made'), '')
    await guest.given(replayOperation.CREATE)
    fs.chmodSync(top, 0o700)
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.MODE, 0)
    body.writeUInt32LE(0o777, 68)
    expect(guest.as(helper, () => guest.rename(root, 'file', root, '..'))).toBe(errno.EINVAL)
    expect(guest.ask(opcode.SETATTR, node, body).errno).toBe(0)
    expect(fs.statSync(top).mode & 0o777).toBe(0o700)
    expect(fs.statSync(file()).mode & 0o777).toBe(0o777)
  })

  it('cannot move a folder into itself', async () => {
    const root = guest.walk('1')
    const deep = guest.walk('1', 'dir', 'deep')
    fs.writeFileSync(join(shared, 'made'), '')
    await guest.given(replayOperation.CREATE)
    const body = Buffer.alloc(16)
    writeNumber(body, deep, 0)
    const names = Buffer.concat([text('dir'), text('into')])
    body.writeUInt32LE(renameFlag.NOREPLACE, 8)
    expect(guest.as(helper, () => guest.ask(opcode.RENAME2, root, Buffer.concat([body, names])).errno)).toBe(
      errno.EIO,
    )
    expect(guest.ask(opcode.GETATTR, deep, Buffer.alloc(16)).errno).toBe(0)
  })

  it('gets the list of shares once after a start, no matter how often it has started before', () => {
    for (let count = 0; count < 20; count++) guest.begin()
    guest.jobs()
    guest.begin()
    expect(guest.jobs().map(({ type }) => type)).toEqual([jobType.SHARES])
  })

  it('cannot report a job as done with an invalid error number', () => {
    const ended: number[] = []
    const other = new Guest([], (options) =>
      restoreServer(snapshotOf(guest.server), { ...options, onMounted: (code) => ended.push(code) }),
    )
    other.begin()
    const [job] = other.jobs().filter(({ type }) => type === jobType.SHARES)
    expect(job).toBeDefined()
    other.as(helper, () => {
      other.lookup(rootId, `.done:${job?.seq}:${'9'.repeat(400)}`)
      expect(ended).toEqual([])
      other.lookup(rootId, `.done:${job?.seq}:0`)
    })
    expect(ended).toEqual([0])
    other.close()
  })
})
