import * as fs from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileServer } from '../../../../src/main/file-server/file-server'
import {
  controlOpcode,
  fromAgent,
  opcode,
  outHeaderBytes,
  readNumber,
  rootId,
  socketsId,
  toAgent,
} from '../../../../src/main/file-server/protocol/fuse'
import { errno, fileType } from '../../../../src/main/file-server/protocol/linux'
import { listen, mountAgent } from '../../../../src/main/lib'
import { FuseClient, text, type FuseAnswer } from '../../../support/fuse-client'

describe.runIf(process.platform === 'linux')('a socket of the host in a shared folder', () => {
  let folder: string
  let guest: FuseClient
  const servers: Server[] = []

  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'berth-listeners-')))
    guest = newGuest()
  })
  afterEach(() => {
    guest.close()
    for (const server of servers.splice(0)) server.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  function newGuest(listenMs = 60_000, writable = true): FuseClient {
    const shares = [{ id: '1', hostPath: folder, path: folder, writable, guestPath: folder }]
    return new FuseClient(shares, (options) => new FileServer({ ...options, shares, listenMs }))
  }

  async function program(name: string): Promise<void> {
    const server = createServer()
    servers.push(server)
    await listen(server, { path: join(folder, name) })
  }

  /** The nodes that the agent was asked to listen on since the last call. */
  function requested(): number[] {
    guest.receive()
    return guest.others
      .splice(0)
      .filter(({ code, bytes }) => code === toAgent.LISTEN && bytes.readUInt32LE(8) === controlOpcode)
      .map(({ bytes }) => readNumber(bytes, outHeaderBytes))
  }

  const report = (what: string, node = 0, code = 0) =>
    guest.lookup(socketsId, `.${what}:${String(node)}:${String(code)}`)
  const lookup = (name: string) => guest.send(opcode.LOOKUP, guest.walk('1'), text(name))
  const nodeIn = (answer: FuseAnswer | undefined) => answer && readNumber(answer.payload, 0)

  /** Binds a name in the listener's folder, as the agent's listener does. */
  function bind(node: number): FuseAnswer {
    const head = Buffer.alloc(16)
    head.writeUInt32LE(fileType.socket | 0o755, 0)
    const name = String(node)
    expect(guest.lookup(rootId, mountAgent.socketsFolder).node).toBe(socketsId)
    expect(guest.lookup(socketsId, name).errno).toBe(errno.ENOENT)
    return guest.ask(opcode.MKNOD, socketsId, Buffer.concat([head, text(name)]))
  }

  it('is found only after the agent listens on its node, also by a second program', async () => {
    await program('s.sock')
    const [first, second] = [lookup('s.sock'), lookup('s.sock')]
    const [node = 0, ...others] = requested()
    expect(others).toEqual([])
    expect([first(), second()]).toEqual([undefined, undefined])
    const { payload } = bind(node)
    expect(readNumber(payload, 0)).toBe(node)
    expect(payload.readUInt32LE(100) & fileType.mask).toBe(fileType.socket)
    expect(first()).toBeUndefined()
    report(mountAgent.listening, node)
    expect([nodeIn(first()), nodeIn(second())]).toEqual([node, node])
    // The kernel may not cache the name, because the listener may end.
    expect(guest.lookup(guest.walk('1'), 's.sock')).toMatchObject({ errno: 0, node, validity: 0 })
    expect(guest.server.context.nodes.get(node).kernel.lookups).toBe(4)
  })

  it('loses its path when its file gets another name', async () => {
    await program('s.sock')
    lookup('s.sock')
    const [node = 0] = requested()
    expect(guest.server.socketPath(node)).toBe(join(folder, 's.sock'))
    fs.renameSync(join(folder, 's.sock'), join(folder, 'other'))
    fs.writeFileSync(join(folder, 's.sock'), '')
    expect(guest.server.socketPath(node)).toBeUndefined()
    expect(bind(node).errno).toBe(errno.ENOENT)
    expect(guest.server.socketPath(guest.walk('1'))).toBeUndefined()
    expect(guest.server.socketPath(guest.walk('1', 's.sock'))).toBeUndefined()
  })

  it('is listened to again after the agent’s listener has ended, or has dropped the socket', async () => {
    await program('s.sock')
    const early = lookup('s.sock')
    const [node = 0] = requested()
    report(mountAgent.listenerStarted)
    expect(requested()).toEqual([node])
    report(mountAgent.listening, node)
    expect(nodeIn(early())).toBe(node)
    for (const what of [mountAgent.listenerStarted, mountAgent.notListening]) {
      report(what, node)
      const again = lookup('s.sock')
      expect(requested()).toEqual([node])
      expect(again()).toBeUndefined()
      report(mountAgent.listening, node)
      expect(nodeIn(again())).toBe(node)
    }
  })

  it('is found without a listener if the agent cannot listen, or does not answer', async () => {
    await program('s.sock')
    const refused = lookup('s.sock')
    const [node = 0] = requested()
    report(mountAgent.listening, node, errno.EIO)
    expect(nodeIn(refused())).toBe(node)
    guest.close()
    guest = newGuest(20)
    const silent = lookup('s.sock')
    expect(silent()).toBeUndefined()
    await expect.poll(() => nodeIn(silent())).toBeGreaterThan(0)
    // The agent has not answered once. So the server still asks it, but no longer waits for its answer.
    const [silentNode = 0] = requested()
    expect(nodeIn(lookup('s.sock')())).toBe(silentNode)
    expect(requested()).toEqual([silentNode])
    report(mountAgent.listening, silentNode)
    expect(nodeIn(lookup('s.sock')())).toBe(silentNode)
    expect(requested()).toEqual([])
  })

  it('is found immediately while the machine is paused, and by the agent’s helper', async () => {
    await program('s.sock')
    const waiting = lookup('s.sock')
    expect(waiting()).toBeUndefined()
    guest.server.control(toAgent.PAUSE)
    expect(nodeIn(waiting())).toBeGreaterThan(0)
    expect(nodeIn(lookup('s.sock')())).toBeGreaterThan(0)
    guest.server.control(toAgent.RESUME)
    const resumed = lookup('s.sock')
    expect(resumed()).toBeUndefined()
    const helper = 500
    guest.control(fromAgent.HELPER, helper)
    expect(nodeIn(guest.as(helper, () => lookup('s.sock'))())).toBeGreaterThan(0)
  })

  it('leaves no node behind if it disappears while its lookup waits', async () => {
    await program('s.sock')
    const waiting = lookup('s.sock')
    const [node = 0] = requested()
    fs.rmSync(join(folder, 's.sock'))
    report(mountAgent.listening, node, errno.ENOENT)
    // Node 0 means that there is no file of this name.
    expect(nodeIn(waiting())).toBe(0)
    expect(guest.server.context.nodes.find(node)).toBeUndefined()
  })

  it('has no path if it belongs to a QEMU; in a folder that is shared read-only it has no path and no listener', async () => {
    await program('s.sock')
    const peer = fs.mkdtempSync(join(folder, 'berth-'))
    await program(join(peer.slice(folder.length + 1), 'qemu'))
    const qemu = guest.send(opcode.LOOKUP, guest.walk('1', basename(peer)), text('qemu'))
    const [node = 0] = requested()
    expect(guest.server.socketPath(node)).toBeUndefined()
    report(mountAgent.listening, node)
    expect(nodeIn(qemu())).toBe(node)
    guest.close()
    guest = newGuest(60_000, false)
    const readOnly = nodeIn(lookup('s.sock')()) ?? 0
    expect(readOnly).toBeGreaterThan(0)
    expect(guest.server.socketPath(readOnly)).toBeUndefined()
    expect(requested()).toEqual([])
  })

  it('needs no listener if a program in the machine has made it', () => {
    const head = Buffer.alloc(16)
    head.writeUInt32LE(fileType.socket | 0o755, 0)
    const made = guest.ask(opcode.MKNOD, guest.walk('1'), Buffer.concat([head, text('own.sock')]))
    expect(guest.lookup(guest.walk('1'), 'own.sock').node).toBe(readNumber(made.payload, 0))
    expect(requested()).toEqual([])
    // A program in the machine cannot get the node of another file in this way.
    expect(bind(readNumber(made.payload, 0)).errno).toBe(errno.ENOENT)
    fs.writeFileSync(join(folder, 'file'), '')
    expect(bind(guest.walk('1', 'file')).errno).toBe(errno.ENOENT)
    expect(bind(12345).errno).toBe(errno.ESTALE)
    const other = guest.ask(opcode.MKNOD, socketsId, Buffer.concat([head, text('other')]))
    expect(other.errno).toBe(errno.EPERM)
  })
})
