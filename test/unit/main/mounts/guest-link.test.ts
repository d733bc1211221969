import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { opcode, readNumber, rootId } from '../../../../src/main/mounts/fuse'
import { GuestLink } from '../../../../src/main/mounts/guest-link'
import { text } from '../../../support/fuse-client'
import { GuestEnd } from '../../../support/guest-end'

let link: GuestLink
let closed: string[]

beforeEach(() => {
  closed = []
  link = new GuestLink({
    platform: 'win32',
    onMounted: () => undefined,
    onForeignOwner: () => undefined,
    onGone: () => undefined,
    onClosed: (reason) => closed.push(reason),
  })
  link.setShares([{ id: '1', hostPath: 'C:\\me', path: 'C:\\me', writable: true, guestPath: '/c/me' }])
})
afterEach(() => {
  link.close()
})

const lookupShare = (guest: GuestEnd) => guest.ask(opcode.LOOKUP, rootId, text('1'))

it('serves nobody on a loopback port but the one that QEMU says it is', async () => {
  const guest = new GuestEnd(connect({ ...(await link.listen()) }))
  await once(guest.socket, 'connect')
  guest.greet()
  const found = lookupShare(guest)
  link.confirm(guest.socket.localPort ?? 0)
  expect(readNumber(await found, 0)).toBe(2)
  expect(closed).toEqual([])
  guest.socket.destroy()
})

it('hangs up on who was faster than QEMU, and has answered nothing', async () => {
  const thief = new GuestEnd(connect({ ...(await link.listen()) }))
  await once(thief.socket, 'connect')
  thief.greet()
  void lookupShare(thief)
  thief.socket.on('error', () => undefined)
  const gone = new Promise((resolve) => thief.socket.once('close', resolve))
  link.confirm((thief.socket.localPort ?? 0) + 1)
  await gone
  expect(thief.received).toBe(0)
  expect(closed).toEqual(['another program than QEMU has connected'])
})

it('hangs up on who was never confirmed when the next machine starts', async () => {
  const thief = connect({ ...(await link.listen()) })
  await once(thief, 'connect')
  thief.on('error', () => undefined)
  const gone = new Promise((resolve) => thief.once('close', resolve))
  await link.listen()
  await gone
})
