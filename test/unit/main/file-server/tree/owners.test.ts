import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  fromAgent,
  notify,
  opcode,
  setattrFlag,
  type Attributes,
} from '../../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../../src/main/file-server/protocol/linux'
import { maxGiven, Owners } from '../../../../../src/main/file-server/tree/owners'
import { restoreServer, snapshotOf } from '../../../../../src/main/file-server/snapshot'
import { FuseClient } from '../../../../support/fuse-client'

const [root, user, other] = [0, 1000, 999]

describe('a file of the host', () => {
  let folder: string
  let guest: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-owners-')))
    fs.mkdirSync(join(folder, 'dir'))
    fs.writeFileSync(join(folder, 'dir/file'), '')
    guest = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  const file = () => guest.walk('1', 'dir', 'file')

  /** Returns the user and the group that this user sees as the owner of a file. */
  function ownerFor(user: number, node: number): string {
    const { payload } = guest.owned(user, () => guest.ask(opcode.GETATTR, node, Buffer.alloc(16)))
    return `${payload.readUInt32LE(16 + 68)}:${payload.readUInt32LE(16 + 72)}`
  }

  function give(by: number, node: number, uid: number, gid: number): number {
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.UID | setattrFlag.GID, 0)
    body.writeUInt32LE(uid, 76)
    body.writeUInt32LE(gid, 80)
    return guest.owned(by, () => guest.ask(opcode.SETATTR, node, body)).errno
  }

  it('belongs to every user who looks at it, and so does a new file', () => {
    const node = file()
    expect([root, user, root].map((who) => ownerFor(who, node))).toEqual(['0:0', '1000:1000', '0:0'])
    const made = guest.owned(user, () => guest.create(guest.walk('1', 'dir'), 'made'))
    expect(ownerFor(user, made.node)).toBe('1000:1000')
  })

  it('has the owner that root sets, for all users and after a rename, until root makes root the owner again', () => {
    const before = fs.statSync(join(folder, 'dir/file'))
    expect(give(root, file(), other, 998)).toBe(0)
    expect([root, user, other].map((who) => ownerFor(who, file()))).toEqual(Array(3).fill('999:998'))
    fs.renameSync(join(folder, 'dir/file'), join(folder, 'elsewhere'))
    expect(ownerFor(root, guest.walk('1', 'elsewhere'))).toBe('999:998')
    fs.writeFileSync(join(folder, 'dir/file'), 'another')
    expect(ownerFor(root, file())).toBe('0:0')
    expect(give(root, guest.walk('1', 'elsewhere'), root, root)).toBe(0)
    expect(ownerFor(user, guest.walk('1', 'elsewhere'))).toBe('1000:1000')
    expect(fs.statSync(join(folder, 'elsewhere'))).toMatchObject({ uid: before.uid, gid: before.gid })
  })

  it('is reported when root changes its owner, as databases do with their folder', () => {
    expect(give(root, file(), root, root)).toBe(0)
    expect(guest.owners).toEqual([])
    give(root, file(), other, other)
    expect(guest.owners).toEqual([join(folder, 'dir/file')])
  })

  it('can get another owner only from root, and from nobody in a read-only folder', () => {
    expect(give(user, file(), other, user)).toBe(errno.EPERM)
    expect(give(user, file(), user, user)).toBe(0)
    guest.server.setShares([{ id: '1', hostPath: folder, path: folder, writable: false, guestPath: folder }])
    expect(give(root, file(), other, other)).toBe(errno.EROFS)
    expect(guest.owners).toEqual([])
  })

  it('keeps its changed owner when the machine is suspended and resumes', () => {
    give(root, file(), other, other)
    const snapshot = snapshotOf(guest.server)
    guest.close()
    guest = new FuseClient([], (options) => restoreServer(snapshot, options))
    expect(ownerFor(root, file())).toBe('999:999')
  })

  it('is never shown with the owner that was cached for another user, nor are its parent folders and the files beside it', () => {
    const [top, dir, node] = [guest.walk('1'), guest.walk('1', 'dir'), file()]
    for (const each of [top, dir, node]) expect(ownerFor(root, each)).toBe('0:0')
    const forgotten = (act: () => void) => {
      guest.others.length = 0
      act()
      return guest.others
        .filter(({ code }) => code === notify.INVAL_INODE)
        .map(({ bytes }) => Number(bytes.readBigUInt64LE(16)))
    }
    const listing = (who: number) =>
      forgotten(() => guest.owned(who, () => guest.ask(opcode.OPENDIR, dir, Buffer.alloc(8))))
    expect(listing(root)).toEqual([])
    expect(new Set(listing(user))).toEqual(new Set([top, dir, node]))
    expect(listing(user)).toEqual([])
    for (const each of [top, dir, node]) expect(ownerFor(user, each)).toBe('1000:1000')
    fs.writeFileSync(join(folder, 'dir/beside'), '')
    const beside = guest.walk('1', 'dir', 'beside')
    for (const each of [top, dir, node, beside]) expect(ownerFor(user, each)).toBe('1000:1000')
    const opening = forgotten(() => guest.owned(root, () => guest.open(beside)))
    expect(opening).toEqual(expect.arrayContaining([top, dir, node, beside]))
  })

  it('is shown to the agent’s helper as owned by the user who looked at it last', () => {
    guest.control(fromAgent.HELLO_MOUNTED, 7)
    expect(ownerFor(user, file())).toBe('1000:1000')
    const { payload } = guest.as(7, () => guest.ask(opcode.GETATTR, file(), Buffer.alloc(16)))
    expect(payload.readUInt32LE(16 + 68)).toBe(user)
  })
})

it('the table of owners drops the oldest owners when there are too many', () => {
  const owners = new Owners()
  const nobody = { uid: 0, gid: 0 }
  const attributes = (ino: number): Attributes => ({
    ...{ ino: BigInt(ino), size: 0n, blocks: 0n, mode: 0, nlink: 1 },
    ...{ atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, birthNs: 0n },
  })
  for (let ino = 0; ino <= maxGiven; ino++) owners.give(attributes(ino), { uid: 5, gid: 5 })
  expect(owners.of(attributes(0), nobody)).toEqual(nobody)
  expect(owners.of(attributes(1), nobody)).toEqual({ uid: 5, gid: 5 })
  expect([...owners.entries()]).toHaveLength(maxGiven)
})
