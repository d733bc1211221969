import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { notify, opcode } from '../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { restoreServer, snapshotOf } from '../../../../src/main/file-server/snapshot'
import { FuseClient } from '../../../support/fuse-client'

/** A container that has mounted a file itself uses the file's node id, and never looks up the file's name again. */
describe('a file that a container has mounted', () => {
  let folder: string
  let guest: FuseClient
  let file: number

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-mounted-file-')))
    fs.writeFileSync(join(folder, 'conf'), 'one')
    guest = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
    file = guest.walk('1', 'conf')
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  function replace(content: string): void {
    fs.writeFileSync(join(folder, 'draft'), content)
    fs.renameSync(join(folder, 'draft'), join(folder, 'conf'))
  }

  /** The kernel repeats a call once after ESTALE. */
  function retried<Answer extends { errno: number }>(ask: () => Answer): Answer {
    const first = ask()
    return first.errno === errno.ESTALE ? ask() : first
  }

  function size(): number {
    const { errno: code, payload } = retried(() => guest.ask(opcode.GETATTR, file, Buffer.alloc(16)))
    return code === 0 ? Number(payload.readBigUInt64LE(24)) : -code
  }

  function content(): string {
    const { errno: code, handle } = retried(() => guest.open(file))
    if (code !== 0) return `errno ${code}`
    const text = guest.read(handle).payload.toString()
    const body = Buffer.alloc(24)
    body.writeUInt32LE(handle, 0)
    expect(guest.ask(opcode.RELEASE, file, body).errno).toBe(0)
    return text
  }

  it('becomes the new file when an editor on the host replaces the file', () => {
    replace('two, and longer')
    expect(size()).toBe(15)
    expect(content()).toBe('two, and longer')
    replace('three')
    expect(content()).toBe('three')
    expect(size()).toBe(5)
  })

  it('becomes the new file when the guest has looked up the new file under the same name', () => {
    replace('two')
    expect(guest.walk('1', 'conf')).toBe(file)
    expect(content()).toBe('two')
    fs.rmSync(join(folder, 'conf'))
    expect(content()).toBe(`errno ${errno.ENOENT}`)
    fs.writeFileSync(join(folder, 'conf'), 'again')
    expect(content()).toBe('again')
  })

  it('becomes the new file even if the host has first moved the old file away, as vim does', () => {
    const top = guest.walk('1')
    fs.renameSync(join(folder, 'conf'), join(folder, 'conf~'))
    fs.writeFileSync(join(folder, 'conf'), 'two')
    const { nodes } = guest.server.context
    nodes.move(nodes.get(top), 'conf', nodes.get(top), 'conf~', true)
    expect(content()).toBe('one')
    fs.rmSync(join(folder, 'conf~'))
    expect(content()).toBe('two')
    guest.lookup(top, 'conf~')
    expect(content()).toBe('two')
  })

  // If the file has one node, the guest's kernel has one set of locks for both mounts.
  describe('and whose folder is mounted too', () => {
    const inFolder = () => retried(() => guest.open(guest.walk('1', 'conf')))
    const release = (node: number, handle: number) => {
      const body = Buffer.alloc(24)
      body.writeUInt32LE(handle, 0)
      guest.ask(opcode.RELEASE, node, body)
    }
    const vimSave = () => {
      fs.renameSync(join(folder, 'conf'), join(folder, 'conf~'))
      fs.writeFileSync(join(folder, 'conf'), 'saved by vim')
      fs.rmSync(join(folder, 'conf~'))
    }
    const checkout = () => {
      fs.rmSync(join(folder, 'conf'))
      fs.writeFileSync(join(folder, 'conf'), 'checked out')
    }

    it.each([
      [
        'an atomic save',
        () => {
          replace('two')
        },
      ],
      ['a save by vim', vimSave],
      ['a checkout', checkout],
      [
        'several of these saves',
        () => {
          replace('two')
          checkout()
          vimSave()
          replace('three')
        },
      ],
    ])('has one node in both mounts after %s, no matter which mount is used first', (_, act) => {
      act()
      content()
      expect(guest.walk('1', 'conf')).toBe(file)
      act()
      expect(inFolder().errno).toBe(0)
      expect(guest.walk('1', 'conf')).toBe(file)
    })

    it('has one node in both mounts again as soon as no program has the old file open', () => {
      const opened = guest.open(file)
      replace('two')
      const other = guest.walk('1', 'conf')
      expect(other).not.toBe(file)
      release(other, guest.open(other).handle)
      release(file, opened.handle)
      // The kernel has cached the other node, and looks up the name again after ESTALE.
      expect(guest.open(other).errno).toBe(errno.ESTALE)
      expect(guest.walk('1', 'conf')).toBe(file)
      expect(content()).toBe('two')
    })

    it('does not cause ESTALE twice in a row, because the kernel repeats a call only once', () => {
      const opened = guest.open(file)
      replace('two')
      expect(guest.open(file).errno).toBe(errno.ESTALE)
      const other = guest.walk('1', 'conf')
      release(file, opened.handle)
      expect(guest.open(other).errno).toBe(0)
    })

    it('is opened without the cached content of an old file of the same size and time', () => {
      fs.utimesSync(join(folder, 'conf'), 1000, 1000)
      guest.walk('1', 'conf')
      fs.writeFileSync(join(folder, 'draft'), 'two')
      fs.utimesSync(join(folder, 'draft'), 1000, 1000)
      fs.renameSync(join(folder, 'draft'), join(folder, 'conf'))
      expect(guest.walk('1', 'conf')).toBe(file)
      const keepsCache = () =>
        (guest.ask(opcode.OPEN, file, Buffer.alloc(8)).payload.readUInt32LE(8) & 2) !== 0
      expect(keepsCache()).toBe(false)
    })
  })

  it('has the size of the new file after a replacement, even if programs only open and read it', () => {
    guest.others.length = 0
    replace('two, and longer')
    content()
    const stored = guest.others.filter(({ code }) => code === notify.STORE)
    expect(stored.map(({ bytes }) => Number(bytes.readBigUInt64LE(24)))).toEqual([14])
    expect(retried(() => guest.open(file, 1)).errno).toBe(0)
  })

  it('becomes the new file for a program that writes to it after a replacement', () => {
    replace('two')
    const { handle } = retried(() => guest.open(file, 1))
    expect(guest.write(handle, Buffer.from('2'), 0).errno).toBe(0)
    expect(fs.readFileSync(join(folder, 'conf'), 'utf8')).toBe('2wo')
  })

  it('stays the same while a program has it open', () => {
    const { handle } = guest.open(file)
    replace('two, and longer')
    guest.walk('1', 'conf')
    expect(size()).toBe(3)
    expect(content()).toBe('one')
    const body = Buffer.alloc(24)
    body.writeUInt32LE(handle, 0)
    guest.ask(opcode.RELEASE, file, body)
    expect(content()).toBe('two, and longer')
  })

  it('never becomes a symbolic link or a folder that has taken its name', () => {
    fs.rmSync(join(folder, 'conf'))
    guest.lookup(guest.walk('1'), 'conf')
    fs.symlinkSync('/etc/passwd', join(folder, 'conf'))
    guest.lookup(guest.walk('1'), 'conf')
    expect(content()).toMatch(/^errno/)
    fs.rmSync(join(folder, 'conf'))
    fs.mkdirSync(join(folder, 'conf'))
    guest.lookup(guest.walk('1'), 'conf')
    expect(content()).toMatch(/^errno/)
  })

  it('can still be used after a suspension', () => {
    replace('two')
    guest.walk('1', 'conf')
    const snapshot = snapshotOf(guest.server)
    guest.close()
    guest = new FuseClient([], (options) => restoreServer(snapshot, options))
    expect(content()).toBe('two')
  })
})

it('a file is read again if its content has changed and its time was set back', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-same-time-')))
  const path = join(folder, 'file')
  fs.writeFileSync(path, 'one')
  fs.utimesSync(path, 1000, 1000)
  const guest = new FuseClient([
    { id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder },
  ])
  try {
    const file = guest.walk('1', 'file')
    const keepsCache = () => {
      const { payload } = guest.ask(opcode.OPEN, file, Buffer.alloc(8))
      return (payload.readUInt32LE(8) & 2) !== 0
    }
    expect(keepsCache()).toBe(true)
    // Opens the file before its event arrives. The file system's clock is coarse, so the write repeats until the clock
    // advances.
    const { ctimeNs } = fs.statSync(path, { bigint: true })
    do {
      fs.writeFileSync(path, 'two')
      fs.utimesSync(path, 1000, 1000)
    } while (fs.statSync(path, { bigint: true }).ctimeNs === ctimeNs)
    expect(keepsCache()).toBe(false)
    guest.lookup(guest.walk('1'), 'file')
    expect(keepsCache()).toBe(true)
  } finally {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  }
})
