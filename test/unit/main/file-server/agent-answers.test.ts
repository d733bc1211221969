import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  controlOpcode,
  opcode,
  outHeaderBytes,
  readNumber,
  toAgent,
  writeNumber,
} from '../../../../src/main/file-server/protocol/fuse'
import { FuseClient, message, text } from '../../../support/fuse-client'

describe('the file server lets the agent answer', () => {
  let folder: string
  let guest: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-answers-')))
    guest = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  })
  afterEach(async () => {
    guest.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** The numbers in all control messages of this code that were sent so far. */
  function told(code: number): number[][] {
    guest.receive()
    return guest.others
      .filter((other) => other.code === code && readNumber(other.bytes, 8) === controlUnique)
      .map(({ bytes }) => {
        const numbers = []
        for (let at = outHeaderBytes; at + 8 <= bytes.length; at += 8) numbers.push(readNumber(bytes, at))
        return numbers
      })
  }
  const controlUnique = controlOpcode + controlOpcode * 2 ** 32

  function makeFolder(parent: number, name: string): number {
    const { payload } = guest.ask(
      opcode.MKDIR,
      parent,
      Buffer.concat([Buffer.from([0xed, 1, 0, 0]), Buffer.alloc(4), text(name)]),
    )
    return readNumber(payload, 0)
  }

  it('lookups of missing names in a folder that the guest has made, until the host adds a name', async () => {
    fs.mkdirSync(join(folder, 'old'))
    guest.walk('1', 'old')
    expect(told(toAgent.NEW_FOLDER)).toEqual([])
    const made = makeFolder(guest.walk('1'), 'new')
    expect(told(toAgent.NEW_FOLDER)).toEqual([[made]])
    // The agent knows the names that the guest adds.
    guest.create(made, 'own')
    fs.writeFileSync(join(folder, 'old/file'), '')
    await expect.poll(() => told(toAgent.JOB).length).toBeGreaterThan(0)
    expect(told(toAgent.FOLDER_CHANGED)).toEqual([])
    fs.writeFileSync(join(folder, 'new/of-the-host'), '')
    await expect.poll(() => told(toAgent.FOLDER_CHANGED)).toEqual([[made]])
  })

  it('no further lookups in a folder of the guest after the host has replaced or moved the folder', async () => {
    const root = guest.walk('1')
    const [replaced, moved] = [makeFolder(root, 'replaced'), makeFolder(root, 'moved')]
    fs.rmdirSync(join(folder, 'replaced'))
    fs.mkdirSync(join(folder, 'replaced'))
    fs.renameSync(join(folder, 'moved'), join(folder, 'elsewhere'))
    fs.writeFileSync(join(folder, 'elsewhere/of-the-host'), '')
    await expect.poll(() => told(toAgent.FOLDER_CHANGED).flat().sort()).toEqual([replaced, moved].sort())
  })

  it('the last request of a folder listing', () => {
    for (const name of ['a', 'b']) fs.writeFileSync(join(folder, name), '')
    const root = guest.walk('1')
    const handle = readNumber(guest.ask(opcode.OPENDIR, root, Buffer.alloc(8)).payload, 0)
    const read = (offset: number) => {
      const body = Buffer.alloc(40)
      writeNumber(body, handle, 0)
      writeNumber(body, offset, 8)
      body.writeUInt32LE(4096, 16)
      return guest.ask(opcode.READDIRPLUS, root, body).payload
    }
    expect(read(0).length).toBeGreaterThan(0)
    expect(told(toAgent.LISTING_END)).toEqual([[handle, 4]])
    expect(read(4)).toHaveLength(0)
  })

  it('the request to close a file, and sends no reply of its own', () => {
    const { node, handle } = guest.create(guest.walk('1'), 'file')
    const body = Buffer.alloc(24)
    writeNumber(body, handle, 0)
    for (let time = 0; time < 2; time++) {
      guest.server.handle(message(opcode.RELEASE, 0, node, 100, body))
      expect(Buffer.concat(guest.server.drain())).toHaveLength(0)
    }
    expect(guest.read(handle, 0, 1, node).errno).not.toBe(0)
  })
})
