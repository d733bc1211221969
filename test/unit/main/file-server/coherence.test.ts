import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  controlOpcode,
  fromAgent,
  jobType,
  notify,
  opcode,
  replayOperation,
  rootId,
  setattrFlag,
  toAgent,
} from '../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { FuseClient, text } from '../../../support/fuse-client'

const operationNames = new Map<number, string>(
  Object.entries(replayOperation).map(([name, code]) => [code, name]),
)

/** A guest with a helper that does most replays as the agent's helper does them. */
class Guest extends FuseClient {
  readonly replays: string[] = []
  readonly notified: { code: number; node: number; name: string }[] = []

  constructor(folder: string, writable = true) {
    super([{ id: '1', hostPath: folder, path: folder, writable, guestPath: folder }])
    this.control(fromAgent.HELLO_MOUNTED, 7)
    this.#report('helper:0:0')
  }

  /** Receives the jobs that the server has sent since the last call, does each job and reports it as done. */
  work(): void {
    this.receive()
    for (const { bytes, code } of this.others.splice(0)) {
      if (code !== toAgent.JOB || bytes.readUInt32LE(8) !== controlOpcode) continue
      const type = bytes.readUInt32LE(16)
      const seq = bytes.readUInt32LE(20)
      const data = bytes.subarray(24)
      if (type === jobType.NOTIFY) this.#notifications(data)
      if (type === jobType.REPLAY) this.#replay(data)
      this.#report(`done:${seq}:0`)
    }
  }

  async until(condition: () => boolean): Promise<void> {
    await expect
      .poll(
        () => {
          this.work()
          return condition()
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(true)
  }

  #notifications(data: Buffer): void {
    for (let at = 0; at < data.length; at += data.readUInt32LE(at)) {
      const code = data.readInt32LE(at + 4)
      const name = code === 3 ? data.toString('utf8', at + 32, at + 32 + data.readUInt32LE(at + 24)) : ''
      this.notified.push({ code, node: Number(data.readBigUInt64LE(at + 16)), name })
    }
  }

  #replay(data: Buffer): void {
    const operation = data.readUInt32LE(0)
    const [path = '', newPath = ''] = data.subarray(4).toString().split('\0')
    const short = (long: string) => long.replace(/^1\//, '')
    this.replays.push([operationNames.get(operation), short(path), short(newPath)].join(' ').trim())
    if (operation === replayOperation.CREATE)
      this.#asHelper(() => {
        this.#create(path)
      })
    if (operation === replayOperation.MKDIR)
      this.#asHelper(() => {
        const { folder, name } = this.#folderOf(path)
        const body = Buffer.concat([Buffer.from([0xed, 1, 0, 0]), Buffer.alloc(4), text(name)])
        expect(this.ask(opcode.MKDIR, folder, body).errno).toBe(0)
      })
    if (operation === replayOperation.UNLINK)
      this.#asHelper(() => {
        const { folder, name } = this.#folderOf(path)
        expect(this.lookup(folder, name).errno).toBe(0)
        expect(this.ask(opcode.UNLINK, folder, text(name)).errno).toBe(0)
      })
    if (operation === replayOperation.MODIFY || operation === replayOperation.CLOSE)
      this.#asHelper(() => {
        this.#touch(operation, path)
      })
    if (operation === replayOperation.RENAME)
      this.#asHelper(() => {
        const from = path.includes('/') ? this.#folderOf(path) : { folder: rootId, name: path }
        const to = this.#folderOf(newPath)
        expect(this.lookup(from.folder, from.name).errno).toBe(0)
        expect(this.rename(from.folder, from.name, to.folder, to.name)).toBe(0)
      })
  }

  #create(path: string): void {
    const { folder, name } = this.#folderOf(path)
    expect(this.lookup(folder, name).errno).not.toBe(0)
    const body = Buffer.concat([Buffer.from([0xa4, 0x81, 0, 0]), Buffer.alloc(12), text(name)])
    expect(this.ask(opcode.MKNOD, folder, body).errno).toBe(0)
  }

  /** Does nothing if a program has already removed the file. */
  #touch(operation: number, path: string): void {
    const { folder, name } = this.#folderOf(path)
    const found = this.lookup(folder, name)
    if (found.errno !== 0) return
    if (operation === replayOperation.CLOSE) {
      expect(this.open(found.node, 1).errno).toBe(0)
      return
    }
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.SIZE, 0)
    expect(this.ask(opcode.SETATTR, found.node, body).errno).toBe(0)
  }

  #folderOf(path: string): { folder: number; name: string } {
    const names = path.split('/')
    const name = names.pop() ?? ''
    return { folder: this.walk(...(names as [string, ...string[]])), name }
  }

  #asHelper(act: () => void): void {
    this.pid = 7
    act()
    this.pid = 100
  }

  #report(what: string): void {
    this.pid = 7
    this.lookup(rootId, `.${what}`)
    this.pid = 100
  }
}

describe('a change on the host', () => {
  let folder: string
  let guest: Guest

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-coherence-')))
    fs.writeFileSync(join(folder, 'file'), 'one')
    fs.mkdirSync(join(folder, 'dir'))
    guest = new Guest(folder)
    guest.work()
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is noticed in watched folders, so the guest may cache names and missing names there', () => {
    const root = guest.walk('1')
    expect(guest.lookup(root, 'file').validity).toBeGreaterThan(60)
    const missing = guest.ask(opcode.LOOKUP, root, text('missing'))
    expect(missing.errno).toBe(0)
    expect(missing.payload.readUInt32LE(16)).toBeGreaterThan(60)
  })

  it.each([
    ['a folder', 'dir', '1', 'dir'],
    ['the shared folder itself', '.', '1'],
  ])(
    'makes the guest look up a missing name again when %s was moved away and back',
    async (_, moved, ...path) => {
      const walk = () => guest.walk(...(path as [string]))
      const place = join(folder, moved)
      const missing = () => guest.lookup(walk(), 'missing')
      expect(missing().errno).toBe(errno.ENOENT)
      const node = walk()
      fs.renameSync(place, `${folder}-away`)
      fs.writeFileSync(join(`${folder}-away`, 'missing'), 'now it is there')
      fs.renameSync(`${folder}-away`, place)
      await guest.until(() => guest.notified.some((each) => each.node === node && each.name === 'missing'))
      expect(missing()).toMatchObject({ errno: 0, size: 15 })
      expect(guest.lookup(walk(), 'other').validity).toBeGreaterThan(60)
      fs.writeFileSync(join(place, 'other'), '')
      await guest.until(() => guest.notified.some((each) => each.name === 'other'))
      expect(guest.gone).toEqual(moved === '.' ? expect.arrayContaining(['1']) : [])
    },
  )

  it('is reported by inotify in a read-only folder too, and the replay changes nothing there', async () => {
    guest.close()
    guest = new Guest(folder, false)
    guest.work()
    const root = guest.walk('1')
    guest.walk('1', 'file')
    fs.writeFileSync(join(folder, 'new'), '')
    fs.mkdirSync(join(folder, 'sub'))
    fs.rmSync(join(folder, 'file'))
    await guest.until(() => guest.replays.length === 4)
    // The helper of this test verifies that each of its requests succeeds.
    expect(guest.replays.sort()).toEqual(['CLOSE new', 'CREATE new', 'MKDIR sub', 'UNLINK file'])
    guest.walk('1', 'sub')
    fs.renameSync(join(folder, 'new'), join(folder, 'sub/moved'))
    await guest.until(() => guest.replays.includes('RENAME new sub/moved'))
    expect(guest.rename(guest.walk('1', 'sub'), 'moved', root, 'back')).toBe(errno.EROFS)
    expect(guest.ask(opcode.UNLINK, guest.walk('1', 'sub'), text('moved')).errno).toBe(errno.EROFS)
    expect(guest.create(root, 'made').errno).toBe(errno.EROFS)
    expect(fs.readdirSync(join(folder, 'sub'))).toEqual(['moved'])
  })

  it('makes the guest drop the content of a file, and makes inotify report the change', async () => {
    const file = guest.walk('1', 'file')
    fs.writeFileSync(join(folder, 'file'), 'changed')
    await guest.until(() => guest.replays.includes('MODIFY file'))
    expect(guest.notified).toContainEqual({ code: 2, node: file, name: '' })
    expect(guest.lookup(guest.walk('1'), 'file').size).toBe(7)
  })

  it('makes the guest drop the cached attributes of a file that a program opens before the event arrives', () => {
    const file = guest.walk('1', 'file')
    guest.open(file)
    expect(guest.others.filter(({ code }) => code === notify.INVAL_INODE)).toEqual([])
    fs.writeFileSync(join(folder, 'file'), 'changed')
    guest.open(file)
    const [first] = guest.others.filter(({ code }) => code === notify.INVAL_INODE)
    expect(Number(first?.bytes.readBigUInt64LE(16))).toBe(file)
    expect(first?.bytes.readBigInt64LE(24)).toBe(-1n)
  })

  it('makes the guest look up new names', async () => {
    const root = guest.walk('1')
    guest.lookup(root, 'new')
    fs.writeFileSync(join(folder, 'new'), 'x')
    await guest.until(() => guest.replays.includes('CREATE new'))
    expect(guest.notified).toContainEqual({ code: 3, node: root, name: 'new' })
    fs.mkdirSync(join(folder, 'folder'))
    await guest.until(() => guest.replays.includes('MKDIR folder'))
  })

  it('expires the name of a removed file, and inotify reports the removal even if the guest did not know the name', async () => {
    fs.writeFileSync(join(folder, 'unknown'), '')
    guest.walk('1', 'file')
    fs.unlinkSync(join(folder, 'file'))
    await guest.until(() => guest.replays.includes('UNLINK file'))
    expect(guest.lookup(guest.walk('1'), 'file').errno).not.toBe(0)
    fs.unlinkSync(join(folder, 'unknown'))
    await guest.until(() => guest.replays.includes('UNLINK unknown'))
  })

  it('is reported as one rename if it moves a file to another folder, and the file keeps its node', async () => {
    const file = guest.walk('1', 'file')
    guest.lookup(guest.walk('1', 'dir'), 'nothing')
    fs.renameSync(join(folder, 'file'), join(folder, 'dir', 'moved'))
    await guest.until(() => guest.replays.includes('RENAME file dir/moved'))
    expect(guest.walk('1', 'dir', 'moved')).toBe(file)
    expect(guest.replays).toEqual(['RENAME file dir/moved'])
  })

  it('makes the guest ask again for everything in a folder that was moved away and back', async () => {
    fs.mkdirSync(join(folder, 'dir/sub'))
    fs.writeFileSync(join(folder, 'dir/sub/file'), 'one')
    const dir = guest.walk('1', 'dir')
    const sub = guest.walk('1', 'dir', 'sub')
    const file = guest.walk('1', 'dir', 'sub', 'file')
    guest.notified.splice(0)
    fs.renameSync(join(folder, 'dir'), join(folder, 'away'))
    fs.renameSync(join(folder, 'away'), join(folder, 'dir'))
    await guest.until(() => guest.notified.some(({ node, code }) => node === file && code === 2))
    expect(guest.notified).toContainEqual({ code: 3, node: dir, name: 'sub' })
    expect(guest.notified).toContainEqual({ code: 3, node: sub, name: 'file' })
    expect(guest.walk('1', 'dir', 'sub', 'file')).toBe(file)
    fs.writeFileSync(join(folder, 'dir/sub/file'), 'changed')
    await guest.until(() => guest.replays.includes('MODIFY dir/sub/file'))
  })

  it('is recognised as a rename if an editor replaces a file by renaming another file', async () => {
    guest.walk('1', 'file')
    fs.writeFileSync(join(folder, 'file.tmp'), 'saved')
    await guest.until(() => guest.replays.includes('CREATE file.tmp'))
    guest.walk('1', 'file.tmp')
    fs.renameSync(join(folder, 'file.tmp'), join(folder, 'file'))
    await guest.until(() => guest.replays.includes('RENAME file.tmp file'))
    expect(guest.lookup(guest.walk('1'), 'file').size).toBe(5)
  })

  /**
   * Actions of programs on the host, and the events that inotify must report in the machine. Native Linux reports
   * more events, for example the close of an executable file and the events of short-lived names.
   */
  const programs: [string, (at: (name: string) => string) => void, string[]][] = [
    [
      'an editor that saves atomically',
      (at) => {
        fs.writeFileSync(at('file.tmp'), 'saved')
        fs.renameSync(at('file.tmp'), at('file'))
      },
      ['RENAME .arrival file'],
    ],
    [
      'rsync, which also sets the times of the file',
      (at) => {
        fs.writeFileSync(at('.new.a1B2c3'), 'copied')
        fs.utimesSync(at('.new.a1B2c3'), 1000, 1000)
        fs.renameSync(at('.new.a1B2c3'), at('new'))
      },
      ['RENAME .arrival new'],
    ],
    [
      'JetBrains, with a backup',
      (at) => {
        fs.writeFileSync(at('file___jb_tmp___'), 'saved')
        fs.renameSync(at('file'), at('file___jb_old___'))
        fs.renameSync(at('file___jb_tmp___'), at('file'))
        fs.rmSync(at('file___jb_old___'))
      },
      ['RENAME .arrival file'],
    ],
    [
      'vim, which tests the folder and writes a new file',
      (at) => {
        fs.writeFileSync(at('4913'), '')
        fs.rmSync(at('4913'))
        fs.renameSync(at('file'), at('file~'))
        fs.writeFileSync(at('file'), 'saved')
        fs.rmSync(at('file~'))
      },
      ['UNLINK file', 'CREATE file', 'MODIFY file', 'CLOSE file'],
    ],
    [
      'git checkout, which removes the old file first',
      (at) => {
        fs.rmSync(at('file'))
        fs.writeFileSync(at('file'), 'checked out')
      },
      ['UNLINK file', 'CREATE file', 'MODIFY file', 'CLOSE file'],
    ],
    [
      'VS Code, which writes in place',
      (at) => {
        fs.writeFileSync(at('file'), 'saved')
      },
      ['MODIFY file', 'CLOSE file'],
    ],
    [
      'a program that writes a new file',
      (at) => {
        fs.writeFileSync(at('new'), 'content')
      },
      ['CREATE new', 'MODIFY new', 'CLOSE new'],
    ],
    [
      'a compiler (Berth replays no CLOSE of a program, because starting the program could then fail with ETXTBSY)',
      (at) => {
        fs.writeFileSync(at('program'), '\x7fELF', { mode: 0o755 })
        fs.writeFileSync(at('script'), '#!/bin/sh', { mode: 0o755 })
        fs.writeFileSync(at('data'), '#!/bin/sh', { mode: 0o644 })
      },
      [
        ...['CREATE program', 'MODIFY program', 'CREATE script', 'MODIFY script'],
        ...['CREATE data', 'MODIFY data', 'CLOSE data'],
      ],
    ],
    [
      'a program that creates an empty file',
      (at) => {
        fs.writeFileSync(at('new'), '')
      },
      ['CREATE new', 'CLOSE new'],
    ],
    [
      'a download from another folder',
      (at) => {
        fs.mkdirSync(`${at('')}-other`)
        fs.writeFileSync(`${at('')}-other/new`, 'content')
        fs.renameSync(`${at('')}-other/new`, at('new'))
        fs.rmdirSync(`${at('')}-other`)
      },
      ['RENAME .arrival new'],
    ],
    [
      'a program that creates a file only for a moment',
      (at) => {
        fs.writeFileSync(at('lock'), 'x')
        fs.rmSync(at('lock'))
        fs.writeFileSync(at('last'), '')
      },
      ['CREATE last', 'CLOSE last'],
    ],
  ]
  it.each(programs)('by %s causes the expected inotify events', async (_, act, expected) => {
    const old = guest.walk('1', 'file')
    act((name) => (name === '' ? folder : join(folder, name)))
    await guest.until(() => guest.replays.length >= expected.length)
    expect(guest.replays.map((replay) => replay.replace('1/', ''))).toEqual(expected)
    if (!expected.includes('RENAME .arrival file')) return
    // A container may have mounted the file itself. The file must keep its node, and with the node its set of locks.
    expect(guest.walk('1', 'file')).toBe(old)
    expect(guest.lookup(guest.walk('1'), 'file').size).toBe(5)
  })

  it('is reported by inotify even if a program has already read the new state', async () => {
    const root = guest.walk('1')
    guest.walk('1', 'file')
    fs.writeFileSync(join(folder, 'new'), 'x')
    fs.appendFileSync(join(folder, 'file'), 'longer')
    fs.writeFileSync(join(folder, 'short'), 'x')
    for (const name of ['new', 'file', 'short']) expect(guest.lookup(root, name).errno).toBe(0)
    fs.rmSync(join(folder, 'short'))
    await guest.until(() => guest.replays.includes('UNLINK short') && guest.replays.includes('CLOSE file'))
    expect(guest.replays).toEqual(expect.arrayContaining(['CREATE new', 'MODIFY new', 'MODIFY file']))
    expect(guest.notified).toContainEqual({ code: 3, node: root, name: 'short' })
  })

  it('is reported as a close and then as a rename if a program writes a file and renames the file', async () => {
    guest.lookup(guest.walk('1'), 'nothing')
    fs.writeFileSync(join(folder, 'part'), 'content')
    await guest.until(() => guest.replays.includes('MODIFY part'))
    fs.renameSync(join(folder, 'part'), join(folder, 'whole'))
    await guest.until(() => guest.replays.includes('RENAME part whole'))
    expect(guest.replays).toEqual(['CREATE part', 'MODIFY part', 'CLOSE part', 'RENAME part whole'])
  })

  it('leaves a name usable if the host renames two files to this name, one after the other', async () => {
    const dir = guest.walk('1', 'dir')
    fs.writeFileSync(join(folder, 'first'), 'one')
    await guest.until(() => guest.replays.includes('CREATE first'))
    fs.renameSync(join(folder, 'first'), join(folder, 'dir/moved'))
    await guest.until(() => guest.replays.includes('RENAME first dir/moved'))
    const old = guest.walk('1', 'dir', 'moved')
    fs.writeFileSync(join(folder, 'draft'), 'saved')
    await guest.until(() => guest.replays.includes('CREATE draft'))
    fs.renameSync(join(folder, 'draft'), join(folder, 'dir/moved'))
    await guest.until(() => guest.replays.includes('RENAME draft dir/moved'))
    // A program has looked up the name before the rename, and opens the file now.
    expect(guest.open(old).errno).toBe(0)
    // Two programs open the file, and the kernel has cached the name.
    const { node, size } = guest.lookup(dir, 'moved')
    expect(size).toBe(5)
    expect([guest.open(node).errno, guest.open(node).errno]).toEqual([0, 0])
  })

  it('is reported as a rename even if the guest has looked up only the two folders and not the file', async () => {
    fs.mkdirSync(join(folder, 'dir/deep'))
    fs.writeFileSync(join(folder, 'dir/leaves'), '')
    guest.walk('1', 'dir', 'deep')
    fs.renameSync(join(folder, 'dir/leaves'), join(folder, 'dir/deep/arrives'))
    await guest.until(() => guest.replays.includes('RENAME dir/leaves dir/deep/arrives'))
    expect(guest.replays).toEqual(['RENAME dir/leaves dir/deep/arrives'])
  })

  it('is not reported in folders that only replays have looked up', async () => {
    guest.lookup(guest.walk('1'), 'nothing')
    fs.mkdirSync(join(folder, 'new'))
    await guest.until(() => guest.replays.includes('MKDIR new'))
    fs.writeFileSync(join(folder, 'new/file'), '')
    fs.writeFileSync(join(folder, 'last'), '')
    await guest.until(() => guest.replays.includes('CREATE last'))
    expect(guest.replays).toEqual(['MKDIR new', 'CREATE last'])
  })

  it('is distinguished from changes that the guest itself makes', async () => {
    const root = guest.walk('1')
    const made = guest.create(root, 'own', 0o102)
    guest.write(made.handle, Buffer.from('text'))
    guest.ask(
      opcode.MKDIR,
      root,
      Buffer.concat([Buffer.alloc(4), Buffer.from([0xed, 1, 0, 0]), text('own-dir')]),
    )
    guest.rename(root, 'own', root, 'renamed')
    guest.ask(opcode.UNLINK, root, text('file'))
    // When the server has noticed this last change, it has noticed all earlier changes.
    fs.writeFileSync(join(folder, 'last'), '')
    await guest.until(() => guest.replays.includes('CREATE last'))
    expect(guest.replays).toEqual(['CREATE last'])
  })

  it('is reported once for each of a thousand files', async () => {
    guest.lookup(guest.walk('1'), 'nothing')
    const names = Array.from({ length: 1_000 }, (_, index) => `burst-${index}`)
    for (const name of names) fs.writeFileSync(join(folder, name), '')
    await guest.until(
      () => guest.replays.filter((replay) => replay.startsWith('CREATE')).length === names.length,
    )
    expect(new Set(guest.replays).size).toBe(guest.replays.length)
  }, 60_000)
})
