import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { opcode } from '../../../../../src/main/file-server/protocol/fuse'
import { errno, fileType } from '../../../../../src/main/file-server/protocol/linux'
import { markerBytes, markerOf } from '../../../../../src/main/file-server/tree/special-files'
import { FuseClient, text } from '../../../../support/fuse-client'

describe('sockets and pipes of containers', () => {
  let folder: string
  let guest: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-special-')))
    guest = newGuest()
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  function newGuest(): FuseClient {
    return new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  }

  function make(name: string, mode: number): number {
    const body = Buffer.alloc(16)
    body.writeUInt32LE(mode, 0)
    return guest.ask(opcode.MKNOD, guest.walk('1'), Buffer.concat([body, text(name)])).errno
  }

  const find = (name: string) => guest.lookup(guest.walk('1'), name)

  it.each(['socket', 'pipe'] as const)('keep their type in the guest: a %s', (type) => {
    expect(make('made', fileType[type] | 0o640)).toBe(0)
    expect(find('made')).toMatchObject({ mode: fileType[type] | 0o640, size: 0 })
    expect(guest.rename(guest.walk('1'), 'made', guest.walk('1'), 'moved')).toBe(0)
    expect(find('moved').mode & fileType.mask).toBe(fileType[type])
    guest.close()
    guest = newGuest()
    expect(find('moved').mode & fileType.mask).toBe(fileType[type])
    expect(guest.ask(opcode.UNLINK, guest.walk('1'), text('moved')).errno).toBe(0)
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('have their real type in a folder listing', () => {
    make('socket', fileType.socket | 0o600)
    const top = guest.walk('1')
    const handle = guest.ask(opcode.OPENDIR, top, Buffer.alloc(8)).payload
    const body = Buffer.concat([handle.subarray(0, 8), Buffer.alloc(32)])
    body.writeUInt32LE(4096, 16)
    const { payload } = guest.ask(opcode.READDIRPLUS, top, body)
    const name = payload.indexOf('socket')
    expect(payload.readUInt32LE(name - 4)).toBe(fileType.socket >> 12)
  })

  it('are regular files on the host whose content names the type', () => {
    make('socket', fileType.socket | 0o600)
    const content = fs.readFileSync(join(folder, 'socket'))
    expect(content.toString()).toContain('a socket')
    for (const type of [fileType.socket, fileType.pipe]) expect(markerOf(type)).toHaveLength(markerBytes)
    // This file is as long as a marker, but is not one.
    fs.writeFileSync(join(folder, 'other'), 'x'.repeat(markerBytes))
    expect(find('other')).toMatchObject({ mode: 0o100644, size: markerBytes })
  })

  it('are the only special files that a container can create: devices are refused', () => {
    for (const type of [0o020000, 0o060000]) expect(make('device', type | 0o600)).toBe(errno.EPERM)
    expect(fs.readdirSync(folder)).toEqual([])
  })

  it('get a new node if the guest knew the file with another type', () => {
    fs.writeFileSync(join(folder, 'file'), 'x'.repeat(markerBytes))
    const { node } = find('file')
    fs.writeFileSync(join(folder, 'file'), markerOf(fileType.pipe) ?? '')
    expect(guest.ask(opcode.GETATTR, node, Buffer.alloc(16)).errno).toBe(errno.ESTALE)
    expect(find('file').node).not.toBe(node)
  })
})
