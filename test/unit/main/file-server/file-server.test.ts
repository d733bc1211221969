import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { opcode, readNumber, rootId, writeNumber } from '../../../../src/main/file-server/protocol/fuse'
import { mountsSnapshotSchema, restoreServer, snapshotOf } from '../../../../src/main/file-server/snapshot'
import { FuseClient, message, text } from '../../../support/fuse-client'

describe('the file server', () => {
  let folder: string
  let shared: string
  let client: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-mounts-')))
    shared = join(folder, 'shared')
    fs.mkdirSync(shared)
    fs.writeFileSync(join(folder, 'secret'), 'secret')
    fs.mkdirSync(join(folder, 'private'))
    fs.writeFileSync(join(folder, 'private', 'secret'), 'secret')
    client = new FuseClient([
      share('1', shared),
      { ...share('2', join(folder, 'read-only')), writable: false },
    ])
  })
  afterEach(async () => {
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  function share(id: string, path: string) {
    fs.mkdirSync(path, { recursive: true })
    return { id, hostPath: path, path, writable: true, guestPath: path }
  }

  function contentOf(node: number): string {
    const { errno: failed, handle } = client.open(node)
    return failed ? `errno ${failed}` : client.read(handle).payload.toString()
  }

  describe('in a shared folder', () => {
    it('serves files at every level below the root', () => {
      fs.mkdirSync(join(shared, 'a/b'), { recursive: true })
      fs.writeFileSync(join(shared, 'a/b/file'), 'content')
      expect(contentOf(client.walk('1', 'a', 'b', 'file'))).toBe('content')
      expect(client.lookup(client.walk('1', 'a'), 'nothing').errno).toBe(errno.ENOENT)
    })

    it('lets programs create, write, append to, truncate and remove files', () => {
      const root = client.walk('1')
      const made = client.create(root, 'new', 0o102, 0o600)
      expect(client.write(made.handle, Buffer.from('hello')).errno).toBe(0)
      expect(fs.readFileSync(join(shared, 'new'), 'utf8')).toBe('hello')
      expect(fs.statSync(join(shared, 'new')).mode & 0o777).toBe(0o600)
      const appending = client.open(made.node, 0o2001)
      client.write(appending.handle, Buffer.from('!'), 0)
      expect(fs.readFileSync(join(shared, 'new'), 'utf8')).toBe('hello!')
      client.open(made.node, 0o1001)
      expect(fs.statSync(join(shared, 'new')).size).toBe(0)
      expect(client.ask(opcode.UNLINK, root, text('new')).errno).toBe(0)
      expect(fs.existsSync(join(shared, 'new'))).toBe(false)
      // The file is still open, so the guest can still use it.
      expect(client.write(made.handle, Buffer.from('gone')).errno).toBe(0)
      expect(client.read(made.handle).payload.toString()).toBe('gone')
      expect(client.ask(opcode.GETATTR, made.node, Buffer.alloc(16)).errno).toBe(0)
    })

    it('serves files whose names are not valid text', () => {
      const name = Buffer.from([0xff, 0xfe, 0x20, 0x0a])
      fs.writeFileSync(Buffer.concat([Buffer.from(`${shared}/`), name]), 'bytes')
      const found = client.lookup(client.walk('1'), name)
      expect(contentOf(found.node)).toBe('bytes')
      expect(client.ask(opcode.UNLINK, client.walk('1'), text(name)).errno).toBe(0)
      expect(fs.readdirSync(shared)).toEqual([])
    })

    it('serves files that are larger than 4 GiB', () => {
      const { handle, node } = client.create(client.walk('1'), 'large', 0o102)
      const far = 5 * 2 ** 30
      expect(client.write(handle, Buffer.from('end'), far).errno).toBe(0)
      expect(client.lookup(client.walk('1'), 'large').size).toBe(far + 3)
      expect(client.read(handle, far, 10, node).payload.toString()).toBe('end')
      expect(fs.statSync(join(shared, 'large')).blocks).toBeLessThan(1000)
    })

    it('lists more names than fit into one reply, each once', () => {
      for (let index = 0; index < 500; index++) fs.writeFileSync(join(shared, `file-${index}`), '')
      const root = client.walk('1')
      const handle = readNumber(client.ask(opcode.OPENDIR, root, Buffer.alloc(8)).payload, 0)
      const names = new Set<string>()
      for (let offset = 0, more = true; more;) {
        const body = Buffer.alloc(40)
        writeNumber(body, handle, 0)
        writeNumber(body, offset, 8)
        body.writeUInt32LE(4096, 16)
        const { payload } = client.ask(opcode.READDIR, root, body)
        more = payload.length > 0
        for (let at = 0; at < payload.length;) {
          const length = payload.readUInt32LE(at + 16)
          names.add(payload.toString('utf8', at + 24, at + 24 + length))
          offset = readNumber(payload, at + 8)
          at += (24 + length + 7) & ~7
        }
      }
      expect(names.size).toBe(502)
    })

    it('lists new names when the guest reads an open listing again from the start', () => {
      const list = () => {
        const body = Buffer.alloc(40)
        writeNumber(body, handle, 0)
        body.writeUInt32LE(65_536, 16)
        return client.ask(opcode.READDIR, root, body).payload.toString('latin1')
      }
      const root = client.walk('1')
      const handle = readNumber(client.ask(opcode.OPENDIR, root, Buffer.alloc(8)).payload, 0)
      expect(list()).not.toContain('later')
      fs.writeFileSync(join(shared, 'later'), '')
      expect(list()).toContain('later')
    })

    it('moves a folder together with the nodes in it that the guest knows', () => {
      fs.mkdirSync(join(shared, 'old/sub'), { recursive: true })
      fs.writeFileSync(join(shared, 'old/sub/file'), 'content')
      const root = client.walk('1')
      const file = client.walk('1', 'old', 'sub', 'file')
      expect(client.rename(root, 'old', root, 'new')).toBe(0)
      expect(contentOf(file)).toBe('content')
      expect(client.walk('1', 'new', 'sub', 'file')).toBe(file)
    })

    it('uses the same node for both names of a file', () => {
      fs.writeFileSync(join(shared, 'a'), 'x')
      const root = client.walk('1')
      const body = Buffer.alloc(8)
      writeNumber(body, client.walk('1', 'a'), 0)
      expect(client.ask(opcode.LINK, root, Buffer.concat([body, text('b')])).errno).toBe(0)
      expect(client.walk('1', 'b')).toBe(client.walk('1', 'a'))
      client.ask(opcode.UNLINK, root, text('a'))
      expect(contentOf(client.walk('1', 'b'))).toBe('x')
    })

    it('keeps the targets of symbolic links as they were written', () => {
      const root = client.walk('1')
      client.ask(opcode.SYMLINK, root, Buffer.concat([text('link'), text('../private/secret')]))
      expect(fs.readlinkSync(join(shared, 'link'))).toBe('../private/secret')
      const { payload } = client.ask(opcode.READLINK, client.walk('1', 'link'))
      expect(payload.toString()).toBe('../private/secret')
    })

    it('repeats the reply to a request that is sent again', () => {
      const root = client.walk('1')
      // A number that is exact together with the bit of a repeated request.
      const unique = 4_096
      const replyTo = (id: number, code: number, node: number, body: Buffer) => {
        client.server.handle(message(code, id, node, 1, body))
        const bytes = Buffer.concat(client.server.drain())
        // The server may also send messages to the agent.
        for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at))
          if (bytes.readUInt32LE(at + 8) === unique) return bytes.subarray(at, at + bytes.readUInt32LE(at))
        return undefined
      }
      const made = Buffer.concat([Buffer.alloc(8), text('made')])
      const { handle } = client.create(root, 'log', 0o2001)
      const write = Buffer.alloc(40)
      writeNumber(write, handle, 0)
      write.writeUInt32LE(4, 16)
      const requests: [number, number, Buffer][] = [
        [opcode.MKDIR, root, made],
        [opcode.WRITE, client.walk('1', 'log'), Buffer.concat([write, Buffer.from('line')])],
      ]
      for (const [code, node, body] of requests) {
        const [first, second] = [unique, unique + 2 ** 63].map((id) => replyTo(id, code, node, body))
        expect(first?.readInt32LE(4)).toBe(0)
        expect(second?.subarray(0, 8)).toEqual(first?.subarray(0, 8))
        expect(second?.subarray(16)).toEqual(first?.subarray(16))
      }
      expect(fs.readdirSync(shared).sort()).toEqual(['log', 'made'])
      expect(fs.readFileSync(join(shared, 'log'), 'utf8')).toBe('line')
    })
  })

  describe('does not let the guest', () => {
    it.each(['..', '.', '', 'a/b', '../secret', '/etc/passwd', 'a\0b'])(
      'leave a share by looking up the name %j',
      (name) => {
        fs.mkdirSync(join(shared, 'a'))
        fs.writeFileSync(join(shared, 'a', 'b'), '')
        const root = client.walk('1')
        const found = client.lookup(root, name)
        // The name ends at the zero byte, so this looks up `a`.
        if (name === 'a\0b') expect(found.errno).toBe(0)
        else expect(found.errno).toBe(errno.EINVAL)
        if (name === 'a\0b') return
        expect(client.create(root, name).errno).toBe(errno.EINVAL)
        expect(client.ask(opcode.MKDIR, root, Buffer.concat([Buffer.alloc(8), text(name)])).errno).toBe(
          errno.EINVAL,
        )
        expect(client.ask(opcode.UNLINK, root, text(name)).errno).toBe(errno.EINVAL)
        expect(client.rename(root, name, root, 'x')).toBe(errno.EINVAL)
        expect(client.rename(root, 'a', root, name)).toBe(errno.EINVAL)
        expect(fs.readdirSync(folder).sort()).toEqual(['private', 'read-only', 'secret', 'shared'])
      },
    )

    it('leave a share through a symbolic link to a folder', () => {
      fs.symlinkSync(join(folder, 'private'), join(shared, 'link'))
      const link = client.walk('1', 'link')
      expect(client.lookup(link, 'secret').errno).toBe(errno.ENOTDIR)
      expect(client.create(link, 'made').errno).toBe(errno.ENOTDIR)
      expect(client.ask(opcode.OPENDIR, link, Buffer.alloc(8)).errno).toBe(errno.ENOTDIR)
    })

    it('leave a share through a symbolic link to a file', () => {
      fs.symlinkSync(join(folder, 'secret'), join(shared, 'link'))
      const link = client.walk('1', 'link')
      expect(client.open(link, 0).errno).toBe(errno.ELOOP)
      expect(client.open(link, 0o1002).errno).toBe(errno.ELOOP)
      const body = Buffer.alloc(88)
      body.writeUInt32LE(8, 0)
      expect(client.ask(opcode.SETATTR, link, body).errno).not.toBe(0)
      body.writeUInt32LE(1, 0)
      body.writeUInt32LE(0o777, 68)
      client.ask(opcode.SETATTR, link, body)
      expect(fs.readFileSync(join(folder, 'secret'), 'utf8')).toBe('secret')
      expect(fs.statSync(join(folder, 'secret')).mode & 0o777).toBe(0o644)
    })

    it('leave a share through a folder that was replaced by a symbolic link after its lookup', () => {
      fs.mkdirSync(join(shared, 'dir/sub'), { recursive: true })
      fs.writeFileSync(join(shared, 'dir/secret'), 'harmless')
      const dir = client.walk('1', 'dir')
      const known = client.walk('1', 'dir', 'secret')
      fs.renameSync(join(shared, 'dir'), join(shared, 'elsewhere'))
      fs.symlinkSync(join(folder, 'private'), join(shared, 'dir'))
      expect(client.lookup(dir, 'secret').errno).toBe(errno.ESTALE)
      expect(client.open(known).errno).toBe(errno.ESTALE)
      expect(client.ask(opcode.GETATTR, known, Buffer.alloc(16)).errno).toBe(errno.ESTALE)
      expect(client.create(dir, 'made').errno).toBe(errno.ESTALE)
      expect(client.ask(opcode.UNLINK, dir, text('secret')).errno).toBe(errno.ESTALE)
      expect(client.rename(dir, 'secret', client.walk('1'), 'stolen')).toBe(errno.ESTALE)
      expect(client.ask(opcode.OPENDIR, dir, Buffer.alloc(8)).errno).toBe(errno.ESTALE)
      expect(fs.readdirSync(join(folder, 'private'))).toEqual(['secret'])
    })

    it('use a share that was replaced by a symbolic link', () => {
      const root = client.walk('1')
      fs.renameSync(shared, join(folder, 'moved'))
      fs.symlinkSync(join(folder, 'private'), shared)
      expect(client.lookup(root, 'secret').errno).toBe(errno.ESTALE)
      expect(client.ask(opcode.OPENDIR, root, Buffer.alloc(8)).errno).toBe(errno.ESTALE)
    })

    it('move a file into another share', () => {
      fs.writeFileSync(join(shared, 'a'), '')
      const other = client.walk('2')
      expect([errno.EXDEV, errno.EROFS]).toContain(client.rename(client.walk('1'), 'a', other, 'a'))
    })

    it('write to a read-only share', () => {
      fs.writeFileSync(join(folder, 'read-only', 'file'), 'kept')
      const root = client.walk('2')
      const file = client.walk('2', 'file')
      expect(client.create(root, 'x').errno).toBe(errno.EROFS)
      expect(client.open(file, 1).errno).toBe(errno.EROFS)
      expect(client.open(file, 0o1000).errno).toBe(errno.EROFS)
      expect(client.ask(opcode.UNLINK, root, text('file')).errno).toBe(errno.EROFS)
      expect(client.ask(opcode.SETATTR, file, Buffer.alloc(88)).errno).toBe(errno.EROFS)
      expect(client.rename(root, 'file', root, 'y')).toBe(errno.EROFS)
      const { handle } = client.open(file)
      expect(client.write(handle, Buffer.from('x')).errno).toBe(errno.EROFS)
      expect(fs.readFileSync(join(folder, 'read-only', 'file'), 'utf8')).toBe('kept')
    })

    it('use node ids and handles that the server never gave out', () => {
      for (const node of [0, 99, 2 ** 32, 2 ** 53, 2 ** 63]) {
        expect(client.lookup(node, 'secret').errno).not.toBe(0)
        expect(client.open(node).errno).toBe(errno.ESTALE)
      }
      for (const handle of [0, 1, 2 ** 53]) {
        expect(client.read(handle).errno).toBe(errno.EBADF)
        expect(client.write(handle, Buffer.from('x')).errno).toBe(errno.EBADF)
      }
    })

    it('create devices', () => {
      const body = Buffer.alloc(16)
      for (const type of [0o020000, 0o060000]) {
        body.writeUInt32LE(type | 0o666, 0)
        const made = client.ask(opcode.MKNOD, client.walk('1'), Buffer.concat([body, text('device')]))
        expect(made.errno).toBe(errno.EPERM)
      }
    })

    it('use a share that was removed', () => {
      fs.writeFileSync(join(shared, 'file'), 'x')
      const file = client.walk('1', 'file')
      client.server.setShares([])
      expect(client.open(file).errno).toBe(errno.ESTALE)
      expect(client.lookup(rootId, '1').errno).toBe(errno.ENOENT)
    })
  })

  it('does not crash if the body of a request is too short or meaningless, for any operation', () => {
    fs.writeFileSync(join(shared, 'file'), 'x')
    const nodes = [0, rootId, client.walk('1'), client.walk('1', 'file')]
    const noAnswer = new Set<number>([opcode.FORGET, opcode.BATCH_FORGET, opcode.INTERRUPT, 0xbe27be27])
    for (let code = 0; code < 60; code++)
      for (const node of nodes)
        for (const length of [0, 1, 7, 8, 15, 16, 23, 39, 87, 200]) {
          if (noAnswer.has(code)) client.raw(message(code, 1, node, 1, Buffer.alloc(length, 0xff)))
          else expect(() => client.ask(code, node, Buffer.alloc(length, 0xff))).not.toThrow()
        }
    client.raw(Buffer.alloc(0))
    client.raw(Buffer.alloc(39))
    const endless = Buffer.alloc(40)
    endless.writeUInt32LE(0xffff_ffff, 0)
    expect(client.ask(opcode.READDIRPLUS, client.walk('1'), endless).errno).toBe(errno.EBADF)
    expect(fs.readdirSync(folder).sort()).toEqual(['private', 'read-only', 'secret', 'shared'])
    expect(contentOf(client.walk('1', 'file'))).toBe('x')
  })

  it('continues with the same files and handles after a restore from a snapshot', () => {
    fs.mkdirSync(join(shared, 'dir'))
    fs.writeFileSync(join(shared, 'dir/file'), 'content')
    const file = client.walk('1', 'dir', 'file')
    const { handle } = client.open(file)
    const folderOf = (from: FuseClient) =>
      readNumber(from.ask(opcode.OPENDIR, from.walk('1', 'dir'), Buffer.alloc(8)).payload, 0)
    const folderHandle = folderOf(client)
    const snapshot = mountsSnapshotSchema.parse(JSON.parse(JSON.stringify(snapshotOf(client.server))))
    client.close()
    const next = new FuseClient([], (options) => restoreServer(snapshot, options))
    expect(next.read(handle, 0, 100, file).payload.toString()).toBe('content')
    expect(next.open(file).errno).toBe(0)
    expect(next.walk('1', 'dir', 'file')).toBe(file)
    expect(folderOf(next)).toBeGreaterThan(folderHandle)
    next.close()
  })
})
