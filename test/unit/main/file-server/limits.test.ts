import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  maxTransfer,
  opcode,
  outHeaderBytes,
  readNumber,
  rootId,
  setattrFlag,
  writeNumber,
} from '../../../../src/main/file-server/protocol/fuse'
import { GuestConnection } from '../../../../src/main/file-server/guest-connection'
import { Handles } from '../../../../src/main/file-server/tree/handles'
import { errno } from '../../../../src/main/file-server/protocol/linux'
import { Node } from '../../../../src/main/file-server/tree/node'
import { GuestEnd } from '../../../support/guest-end'
import { FuseClient, message, text } from '../../../support/fuse-client'

describe('a guest', () => {
  let folder: string
  let client: FuseClient
  const share = () => ({ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder })
  const openFiles = () => fs.readdirSync('/proc/self/fd').length

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-limits-')))
    fs.writeFileSync(join(folder, 'file'), 'content')
    client = new FuseClient([share()])
  })
  afterEach(async () => {
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  function setMode(node: number, mode: number): number {
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.MODE, 0)
    body.writeUInt32LE(mode, 68)
    return client.ask(opcode.SETATTR, node, body).errno
  }

  const modeOf = (name: string) => fs.statSync(join(folder, name)).mode & 0o7777

  it.runIf(process.platform === 'linux')('leaves no file open on the host after a failed open', () => {
    const file = client.walk('1', 'file')
    const before = openFiles()
    for (let count = 0; count < 20; count++) {
      const { errno: failed, handle } = client.open(file, 0o1000)
      expect(failed).toBe(0)
      const body = Buffer.alloc(24)
      writeNumber(body, handle, 0)
      client.ask(opcode.RELEASE, file, body)
    }
    expect(fs.statSync(join(folder, 'file')).size).toBe(0)
    // Each time, a file with a second name (a hard link) replaces `file`. A node never takes over such a file.
    for (let count = 0; count < 20; count++) {
      const other = client.walk('1', 'file')
      fs.writeFileSync(join(folder, 'other'), '')
      fs.linkSync(join(folder, 'other'), join(folder, `second-${count}`))
      fs.renameSync(join(folder, 'other'), join(folder, 'file'))
      expect(client.open(other).errno).toBe(errno.ESTALE)
    }
    expect(openFiles()).toBe(before)
  })

  it('gets no further handle once the weight of all handles has reached the limit', () => {
    const node = new Node({ id: 5, ino: 0n, type: 0, share: share() })
    const handles = new Handles<{ node: Node; weight: number }>({
      maxWeight: 10,
      weightOf: ({ weight }) => weight,
    })
    const first = handles.add({ node, weight: 9 })
    const second = handles.add({ node, weight: 1 })
    expect(() => {
      handles.needRoom()
    }).toThrow(`errno ${errno.ENFILE}`)
    expect(() => handles.add({ node, weight: 1 })).toThrow(`errno ${errno.ENFILE}`)
    handles.remove(first)
    expect(handles.add({ node, weight: 1 })).toBeGreaterThan(second)
  })

  it('cannot set setuid and setgid on files of the host', () => {
    const root = client.walk('1')
    const made = client.create(root, 'made', 0o102, 0o6755)
    expect(modeOf('made')).toBe(0o755)
    expect(setMode(made.node, 0o4711)).toBe(0)
    expect(modeOf('made')).toBe(0o711)
    expect(setMode(client.walk('1', 'file'), 0o2640)).toBe(0)
    expect(modeOf('file')).toBe(0o640)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(0o2775, 0)
    expect(client.ask(opcode.MKDIR, root, Buffer.concat([head, text('dir')])).errno).toBe(0)
    expect(modeOf('dir')).toBe(0o2775)
  })

  it('cannot make the host use more memory than the unsent replies need', () => {
    const { handle } = client.open(client.walk('1', 'file'))
    const body = Buffer.alloc(40)
    writeNumber(body, handle, 0)
    writeNumber(body, 7, 8)
    body.writeUInt32LE(maxTransfer, 16)
    for (let count = 0; count < 50; count++)
      client.server.handle(message(opcode.READ, 1_000 + count, 5, 1, body))
    const pieces = client.server.drain()
    const held = new Set(pieces.map(({ buffer }) => buffer))
    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(maxTransfer)
    const answers = Buffer.concat(pieces)
    expect(answers).toHaveLength(50 * outHeaderBytes)
    expect(readNumber(answers, 49 * outHeaderBytes + 8)).toBe(1_049)
  })

  it('causes only a limited number of reports when it changes the owner of a file many times', () => {
    const file = client.walk('1', 'file')
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrFlag.UID, 0)
    for (let count = 0; count < 1_000; count++) {
      body.writeUInt32LE(70 + (count % 2), 76)
      expect(client.ask(opcode.SETATTR, file, body).errno).toBe(0)
    }
    expect(client.owners.length).toBeGreaterThan(0)
    expect(client.owners.length).toBeLessThan(200)
  })

  it('gets further replies only after it has read earlier replies, and finally gets all replies', async () => {
    fs.writeFileSync(join(folder, 'large'), Buffer.alloc(maxTransfer, 1))
    const link = new GuestConnection({
      platform: process.platform,
      onMounted: () => undefined,
      onForeignOwner: () => undefined,
      onGone: () => undefined,
      onClosed: () => undefined,
    })
    link.setShares([share()])
    const guest = new GuestEnd(connect({ ...(await link.listen()) }))
    guest.greet()
    const root = readNumber(await guest.ask(opcode.LOOKUP, rootId, text('1')), 0)
    const large = readNumber(await guest.ask(opcode.LOOKUP, root, text('large')), 0)
    const handle = readNumber(await guest.ask(opcode.OPEN, large, Buffer.alloc(8)), 0)
    const body = Buffer.alloc(40)
    writeNumber(body, handle, 0)
    body.writeUInt32LE(maxTransfer, 16)
    const { server } = link
    const answerOne = server.handle.bind(server)
    let most = 0
    let asked = 0
    const before = guest.received
    server.handle = (bytes) => {
      answerOne(bytes)
      most = Math.max(most, ++asked * maxTransfer - (guest.received - before))
    }
    const answers = await Promise.all(Array.from({ length: 200 }, () => guest.ask(opcode.READ, large, body)))
    expect(answers.every((answer) => answer.length === maxTransfer && answer[0] === 1)).toBe(true)
    expect(most).toBeLessThan(64 * 2 ** 20)
    guest.socket.destroy()
    link.close()
  })
})
