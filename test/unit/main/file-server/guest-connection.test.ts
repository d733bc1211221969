import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  fromAgent,
  jobType,
  maxTransfer,
  opcode,
  readNumber,
  rootId,
  toAgent,
  writeNumber,
} from '../../../../src/main/file-server/protocol/fuse'
import { GuestConnection } from '../../../../src/main/file-server/guest-connection'
import { text } from '../../../support/fuse-client'
import { GuestEnd } from '../../../support/guest-end'

let connection: GuestConnection
let closed: string[]

beforeEach(() => {
  closed = []
  connection = new GuestConnection({
    platform: 'win32',
    onMounted: () => undefined,
    onForeignOwner: () => undefined,
    onGone: () => undefined,
    onClosed: (reason) => closed.push(reason),
  })
  connection.setShares([{ id: '1', hostPath: 'C:\\me', path: 'C:\\me', writable: true, guestPath: '/c/me' }])
})
afterEach(() => {
  connection.close()
})

const lookupShare = (guest: GuestEnd) => guest.ask(opcode.LOOKUP, rootId, text('1'))

it('the file server on a loopback port serves the connection of QEMU', async () => {
  const guest = new GuestEnd(connect({ ...(await connection.listen()) }))
  await once(guest.socket, 'connect')
  guest.greet()
  const found = lookupShare(guest)
  connection.confirm(guest.socket.localPort ?? 0)
  expect(readNumber(await found, 0)).toBe(2)
  expect(closed).toEqual([])
  guest.socket.destroy()
})

it('the file server closes the connection of a process other than QEMU, without a reply', async () => {
  const thief = new GuestEnd(connect({ ...(await connection.listen()) }))
  await once(thief.socket, 'connect')
  thief.greet()
  void lookupShare(thief)
  thief.socket.on('error', () => undefined)
  const gone = new Promise((resolve) => thief.socket.once('close', resolve))
  connection.confirm((thief.socket.localPort ?? 0) + 1)
  await gone
  expect(thief.received).toBe(0)
  expect(closed).toEqual(['a program other than QEMU has connected'])
})

it('the file server closes an unconfirmed connection when the next machine starts', async () => {
  const thief = connect({ ...(await connection.listen()) })
  await once(thief, 'connect')
  thief.on('error', () => undefined)
  const gone = new Promise((resolve) => thief.once('close', resolve))
  await connection.listen()
  await gone
})

it.each([
  [
    'mounts the shares and drops its caches, if they have replies of an earlier server',
    [fromAgent.HELLO_AGAIN],
    [jobType.SHARES, jobType.DROP_CACHES, jobType.NOTIFY],
  ],
  [
    'keeps its caches, if they have only replies of this server',
    [fromAgent.HELLO_MOUNTED, fromAgent.HELLO_AGAIN],
    [],
  ],
])('a guest that connects again %s', async (_, hellos, jobs) => {
  const guest = new GuestEnd(connect({ ...(await connection.listen()) }))
  await once(guest.socket, 'connect')
  for (const hello of hellos) guest.greet(hello)
  const found = lookupShare(guest)
  connection.confirm(guest.socket.localPort ?? 0)
  await found
  expect(guest.jobs).toEqual(jobs)
  guest.socket.destroy()
})

it('the file server can be quiesced even if the guest has not read all the data that it requested', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'berth-quiesce-')))
  writeFileSync(join(folder, 'large'), Buffer.alloc(maxTransfer, 1))
  const busy = new GuestConnection({
    platform: process.platform,
    onMounted: () => undefined,
    onForeignOwner: () => undefined,
    onGone: () => undefined,
    onClosed: () => undefined,
  })
  busy.setShares([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  const guest = new GuestEnd(connect({ ...(await busy.listen()) }))
  guest.greet()
  const root = readNumber(await lookupShare(guest), 0)
  const large = readNumber(await guest.ask(opcode.LOOKUP, root, text('large')), 0)
  const handle = readNumber(await guest.ask(opcode.OPEN, large, Buffer.alloc(8)), 0)
  const body = Buffer.alloc(40)
  writeNumber(body, handle, 0)
  body.writeUInt32LE(maxTransfer, 16)
  guest.socket.pause()
  const answers = Array.from({ length: 100 }, () => guest.ask(opcode.READ, large, body))
  // The server reads no more requests from a guest that does not read the replies.
  await expect.poll(() => busy.isHeldUp).toBe(true)
  const quiet = busy.quiesce()
  guest.socket.resume()
  await quiet
  expect(guest.controls).toEqual([toAgent.PAUSE, toAgent.SYNC])
  expect((await Promise.all(answers)).every(({ length }) => length === maxTransfer)).toBe(true)
  guest.socket.destroy()
  busy.close()
  rmSync(folder, { recursive: true })
})
