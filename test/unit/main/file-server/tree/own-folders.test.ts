import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileServer } from '../../../../../src/main/file-server/file-server'
import { opcode, readNumber, writeNumber } from '../../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../../src/main/file-server/protocol/linux'
import { restoreServer, snapshotOf } from '../../../../../src/main/file-server/snapshot'
import { FuseClient, text } from '../../../../support/fuse-client'

/** These tests simulate a hostile guest, whose kernel may send any request. */
describe('Berth’s own folder in a shared folder', () => {
  let home: string
  let own: string
  let client: FuseClient
  let parent: number

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'berth-own-')))
    own = join(home, '.local/share/berth')
    fs.mkdirSync(join(own, 'machine'), { recursive: true })
    fs.writeFileSync(join(own, 'key'), 'secret')
    fs.mkdirSync(join(home, '.local/share/other'))
    client = serve(own)
    parent = client.walk('1', '.local', 'share')
  })
  afterEach(async () => {
    client.close()
    await rm(home, { recursive: true, force: true })
  })

  const share = () => ({ id: '1', hostPath: home, path: home, writable: true, guestPath: home })

  function serve(...ownFolders: string[]): FuseClient {
    const shares = [share()]
    return new FuseClient(shares, (options) => new FileServer({ ...options, shares, ownFolders }))
  }

  /** The names that both kinds of listing return for a folder. */
  function listed(node: number): string[][] {
    const handle = readNumber(client.ask(opcode.OPENDIR, node, Buffer.alloc(8)).payload, 0)
    return [
      [opcode.READDIR, 0],
      [opcode.READDIRPLUS, 128],
    ].map(([code = 0, head = 0]) => {
      const body = Buffer.alloc(40)
      writeNumber(body, handle, 0)
      body.writeUInt32LE(65_536, 16)
      const { payload } = client.ask(code, node, body)
      const names: string[] = []
      for (let at = 0; at < payload.length;) {
        const length = payload.readUInt32LE(at + head + 16)
        names.push(payload.toString('utf8', at + head + 24, at + head + 24 + length))
        at += (head + 24 + length + 7) & ~7
      }
      return names.filter((name) => name !== '.' && name !== '..').sort()
    })
  }

  it('is neither found nor listed', () => {
    expect(client.lookup(parent, 'berth').errno).toBe(errno.ENOENT)
    expect(client.lookup(parent, 'other').errno).toBe(0)
    expect(listed(parent)).toEqual([['other'], ['other']])
  })

  it('can be neither created, removed, moved nor replaced', () => {
    const name = text('berth')
    expect(client.ask(opcode.MKDIR, parent, Buffer.concat([Buffer.alloc(8), name])).errno).toBe(errno.ENOENT)
    expect(client.create(parent, 'berth').errno).toBe(errno.ENOENT)
    expect(client.ask(opcode.SYMLINK, parent, Buffer.concat([name, text('/tmp')])).errno).toBe(errno.ENOENT)
    fs.rmSync(own, { recursive: true })
    fs.mkdirSync(own)
    for (const code of [opcode.RMDIR, opcode.UNLINK])
      expect(client.ask(code, parent, name).errno).toBe(errno.ENOENT)
    expect(client.rename(parent, 'berth', parent, 'taken')).toBe(errno.ENOENT)
    expect(client.rename(parent, 'other', parent, 'berth')).toBe(errno.ENOENT)
    expect(fs.readdirSync(join(home, '.local/share')).sort()).toEqual(['berth', 'other'])
  })

  it('stays at its path, because the guest cannot move the folders that contain it', () => {
    const root = client.walk('1')
    expect(client.rename(root, '.local', root, 'moved')).toBe(errno.EBUSY)
    expect(client.rename(client.walk('1', '.local'), 'share', root, 'moved')).toBe(errno.EBUSY)
    fs.renameSync(join(home, '.local'), join(home, 'there'))
    expect(client.rename(root, 'there', root, 'elsewhere')).toBe(errno.EBUSY)
    expect(client.rename(client.walk('1', 'there', 'share'), 'berth', root, 'mine')).toBe(errno.ENOENT)
    fs.renameSync(join(home, 'there'), join(home, '.local'))
    expect(fs.existsSync(join(own, 'key'))).toBe(true)
  })

  it('is still hidden after the host has moved Berth’s folder or a folder that contains it', () => {
    fs.renameSync(own, join(home, 'moved'))
    expect(client.lookup(client.walk('1'), 'moved').errno).toBe(errno.ENOENT)
    fs.renameSync(join(home, 'moved'), own)
    fs.renameSync(join(home, '.local'), join(home, 'there'))
    expect(client.lookup(client.walk('1', 'there', 'share'), 'berth').errno).toBe(errno.ENOENT)
  })

  it('cannot be reached through a symbolic link, because the file server never follows a link', () => {
    fs.symlinkSync(own, join(home, 'link'))
    const link = client.walk('1', 'link')
    expect(client.ask(opcode.READLINK, link).payload.toString()).toBe(own)
    expect(client.lookup(link, 'key').errno).toBe(errno.ENOTDIR)
    expect(client.open(link).errno).not.toBe(0)
  })

  it('is hidden together with the folder of the docker socket', () => {
    const sockets = join(home, '.berth')
    fs.mkdirSync(sockets)
    fs.writeFileSync(join(sockets, 'docker.sock'), '')
    client.close()
    client = serve(own, sockets)
    expect(client.lookup(client.walk('1'), '.berth').errno).toBe(errno.ENOENT)
    expect(client.lookup(client.walk('1', '.local', 'share'), 'berth').errno).toBe(errno.ENOENT)
    expect(client.rename(client.walk('1'), '.berth', client.walk('1'), 'away')).toBe(errno.ENOENT)
  })

  it('cannot be opened with node ids and handles of an earlier server', () => {
    client.close()
    client = serve()
    const key = client.walk('1', '.local', 'share', 'berth', 'key')
    const folder = client.walk('1', '.local', 'share', 'berth')
    const { handle } = client.open(key)
    const snapshot = snapshotOf(client.server)
    const shares = [share()]
    client.close()
    client = new FuseClient(shares, (options) => restoreServer(snapshot, { ...options, ownFolders: [own] }))
    expect(client.read(handle, 0, 10, key).errno).toBe(errno.ESTALE)
    expect(client.open(key).errno).toBe(errno.ESTALE)
    expect(client.lookup(folder, 'key').errno).not.toBe(0)
    expect(client.ask(opcode.OPENDIR, folder, Buffer.alloc(8)).errno).not.toBe(0)
    expect(client.create(folder, 'new').errno).not.toBe(0)
    expect(client.ask(opcode.GETATTR, key, Buffer.alloc(16)).errno).not.toBe(0)
  })

  it('causes no notifications to programs in the machine', async () => {
    listed(parent)
    client.others.splice(0)
    fs.writeFileSync(join(own, 'new'), '')
    fs.renameSync(own, `${own}2`)
    fs.renameSync(`${own}2`, own)
    fs.writeFileSync(join(home, '.local/share/last'), '')
    const sent = () => {
      client.receive()
      return client.others.map(({ bytes }) => bytes.toString('latin1')).join()
    }
    await expect.poll(sent).toContain('1/.local/share/last')
    expect(sent()).not.toContain('share/berth')
  })

  it.each(['darwin', 'win32'] as const)('is recognised in upper and lower case on %s', (platform) => {
    const { files, nodes } = new FileServer({
      platform,
      shares: [{ ...share(), path: platform === 'win32' ? 'C:\\Users\\me' : '/Users/me' }],
      ownFolders: [platform === 'win32' ? 'C:\\Users\\me\\Berth' : '/Users/me/Berth'],
      onOutput: () => undefined,
      onForeignOwner: () => undefined,
      onGone: () => undefined,
      onMounted: () => undefined,
      onHello: () => undefined,
      onPaused: () => undefined,
      onSynced: () => undefined,
    }).context
    const root = nodes.share('1')
    if (!root) throw new Error('no share')
    files.folder = () => ''
    for (const name of ['Berth', 'berth', 'BERTH'])
      expect(() => files.entry(root, name), name).toThrow(`errno ${errno.ENOENT}`)
    expect(files.entry(root, 'Berths')).toContain('Berths')
  })
})
