import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { opcode, setattrFlag, writeNumber } from '../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { FuseClient } from '../../../support/fuse-client'

const { ATIME, MTIME, ATIME_NOW, MTIME_NOW, FH } = setattrFlag

describe('file times', () => {
  let folder: string
  let guest: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-times-')))
    guest = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
    fs.writeFileSync(path('file'), 'x')
    fs.mkdirSync(path('dir'))
    fs.symlinkSync('file', path('link'))
    fs.utimesSync(path('file'), 1000, 1000)
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  const path = (name: string) => join(folder, name)
  const times = (name: string) => {
    const { atimeNs, mtimeNs } = fs.lstatSync(path(name), { bigint: true })
    return { atimeNs, mtimeNs }
  }

  function setTimes(node: number, valid: number, atimeNs: bigint, mtimeNs: bigint, handle = 0) {
    const body = Buffer.alloc(88)
    body.writeUInt32LE(valid, 0)
    writeNumber(body, handle, 8)
    for (const [index, time] of [atimeNs, mtimeNs].entries()) {
      const nanoseconds = BigInt.asUintN(64, ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
      body.writeBigInt64LE((time - nanoseconds) / 1_000_000_000n, 32 + 8 * index)
      body.writeUInt32LE(Number(nanoseconds), 56 + 4 * index)
    }
    return guest.ask(opcode.SETATTR, node, body).errno
  }

  // The last of these values has too many digits for a JavaScript number.
  it.each([0n, 999_999_999n, -4_012_345_679n, 1_795_780_000_123_456_789n])(
    'are stored exactly to the nanosecond when a program sets them: %s',
    (time) => {
      for (const name of ['file', 'dir', 'link']) {
        expect(setTimes(guest.walk('1', name), ATIME | MTIME, time, time + 1n)).toBe(0)
        expect(times(name)).toEqual({ atimeNs: time, mtimeNs: time + 1n })
      }
      const opened = guest.walk('1', 'file')
      const { handle } = guest.open(opened)
      expect(setTimes(opened, ATIME | MTIME | FH, time + 2n, time, handle)).toBe(0)
      expect(times('file')).toEqual({ atimeNs: time + 2n, mtimeNs: time })
    },
  )

  it('are independent: setting the access time keeps the modification time, and vice versa', () => {
    const file = guest.walk('1', 'file')
    fs.utimesSync(path('file'), 1000, 1000)
    const fine = 1_795_780_000_123_456_789n
    setTimes(file, ATIME | MTIME, fine, fine)
    setTimes(file, MTIME, 0n, 5n)
    expect(times('file')).toEqual({ atimeNs: fine, mtimeNs: 5n })
    setTimes(file, ATIME, 7n, 0n)
    expect(times('file')).toEqual({ atimeNs: 7n, mtimeNs: 5n })
  })

  it('use the clock of this computer for “now”, so that a file written later is never older', () => {
    fs.writeFileSync(path('before'), '')
    const file = guest.walk('1', 'file')
    expect(setTimes(file, ATIME | MTIME | ATIME_NOW | MTIME_NOW, 1n, 1n)).toBe(0)
    fs.writeFileSync(path('after'), '')
    const [before, now, after] = ['before', 'file', 'after'].map((name) => times(name).mtimeNs)
    expect(now).toBeGreaterThanOrEqual(before ?? 0n)
    expect(after).toBeGreaterThanOrEqual(now ?? 0n)
    expect(times('file').atimeNs).toBe(now)
  })

  it('cannot be set on a deleted file, and the error of the system is returned', () => {
    const file = guest.walk('1', 'file')
    fs.rmSync(path('file'))
    expect(setTimes(file, MTIME, 0n, 5n)).toBe(errno.ENOENT)
  })
})
