import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { opcode, renameFlag, writeNumber } from '../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { FuseClient, text } from '../../../support/fuse-client'

// These operations need system calls that node:fs does not have.
describe('the file server', () => {
  let folder: string
  let guest: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-native-')))
    for (const name of ['file', 'other']) fs.writeFileSync(join(folder, name), name)
    fs.symlinkSync('file', join(folder, 'link'))
    open(true)
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  function open(writable: boolean): void {
    guest = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable, guestPath: folder }])
  }

  const head = (first: number, second = 0) => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(first, 0)
    bytes.writeUInt32LE(second, 4)
    return bytes
  }
  const get = (node: number, name: string, room = 256) =>
    guest.ask(opcode.GETXATTR, node, Buffer.concat([head(room), text(name)]))
  const list = (node: number) => guest.ask(opcode.LISTXATTR, node, head(256)).payload.toString()
  const set = (node: number, name: string, value: string, flags = 0) =>
    guest.ask(
      opcode.SETXATTR,
      node,
      Buffer.concat([head(value.length, flags), text(name), Buffer.from(value)]),
    ).errno
  const remove = (node: number, name: string) => guest.ask(opcode.REMOVEXATTR, node, text(name)).errno

  it('stores the guest’s “user.” extended attributes in the file on the host', () => {
    const file = guest.walk('1', 'file')
    expect(set(file, 'user.one', 'value')).toBe(0)
    expect(set(file, 'user.one', 'again', 1)).toBe(errno.EEXIST)
    expect(set(file, 'user.two', 'value', 2)).toBe(errno.ENODATA)
    expect(get(file, 'user.one').payload.toString()).toBe('value')
    expect(get(file, 'user.one', 0).payload.readUInt32LE(0)).toBe(5)
    expect(get(file, 'user.one', 3).errno).toBe(errno.ERANGE)
    expect(list(file)).toBe('user.one\0')
    guest.close()
    open(false)
    const again = guest.walk('1', 'file')
    expect(get(again, 'user.one').payload.toString()).toBe('value')
    expect(set(again, 'user.one', 'x')).toBe(errno.EROFS)
    expect(remove(again, 'user.one')).toBe(errno.EROFS)
    guest.close()
    open(true)
    expect(remove(guest.walk('1', 'file'), 'user.one')).toBe(0)
    expect(get(guest.walk('1', 'file'), 'user.one').errno).toBe(errno.ENODATA)
  })

  it('supports no extended attributes other than “user.”, and none on a symbolic link', () => {
    const file = guest.walk('1', 'file')
    for (const name of [
      'security.capability',
      'trusted.x',
      'system.posix_acl_access',
      'com.apple.quarantine',
    ])
      expect([get(file, name).errno, set(file, name, 'x'), remove(file, name)]).toEqual(
        Array(3).fill(errno.ENOTSUP),
      )
    const link = guest.walk('1', 'link')
    expect(set(link, 'user.x', 'x')).toBe(errno.EPERM)
    expect([list(link), list(file)]).toEqual(['', ''])
  })

  it('refuses to set an attribute of a deleted open file after another file has taken its name', () => {
    const { node, handle } = guest.create(guest.walk('1'), 'new', 0o102)
    expect(guest.ask(opcode.UNLINK, guest.walk('1'), text('new')).errno).toBe(0)
    fs.writeFileSync(join(folder, 'new'), 'of the host')
    expect(set(node, 'user.x', 'x')).toBe(errno.ESTALE)
    const next = guest.walk('1', 'new')
    expect(get(next, 'user.x').errno).toBe(errno.ENODATA)
    expect(guest.read(handle, 0, 1, node).errno).toBe(0)
  })

  it('reports a change of the host, even if the guest sets an attribute directly afterwards', async () => {
    const file = guest.walk('1', 'file')
    guest.receive()
    const before = guest.others.length
    fs.writeFileSync(join(folder, 'file'), 'longer than before')
    expect(set(file, 'user.x', 'x')).toBe(0)
    await expect.poll(() => (guest.receive(), guest.others.length)).toBeGreaterThan(before)
  })

  it('exchanges two names in one step, together with their nodes', () => {
    const root = guest.walk('1')
    const [file, other] = [guest.walk('1', 'file'), guest.walk('1', 'other')]
    const body = Buffer.alloc(16)
    writeNumber(body, root, 0)
    body.writeUInt32LE(renameFlag.EXCHANGE, 8)
    const exchange = (name: string) =>
      guest.ask(opcode.RENAME2, root, Buffer.concat([body, text('file'), text(name)])).errno
    expect(exchange('other')).toBe(0)
    expect(fs.readFileSync(join(folder, 'file'), 'utf8')).toBe('other')
    expect([guest.walk('1', 'file'), guest.walk('1', 'other')]).toEqual([other, file])
    expect(exchange('nothing')).toBe(errno.ENOENT)
  })

  it('reserves space on the host', () => {
    const { handle, node } = guest.create(guest.walk('1'), 'new', 0o102)
    const body = Buffer.alloc(32)
    writeNumber(body, handle, 0)
    writeNumber(body, 100_000, 16)
    expect(guest.ask(opcode.FALLOCATE, node, body).errno).toBe(0)
    const { size, blocks } = fs.statSync(join(folder, 'new'))
    expect(size).toBe(100_000)
    expect(blocks).toBeGreaterThanOrEqual(195)
  })
})
