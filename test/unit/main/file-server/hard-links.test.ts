import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { opcode, writeNumber } from '../../../../src/main/file-server/protocol/fuse'
import { FuseClient, message, text } from '../../../support/fuse-client'

describe('a file with two names', () => {
  let folder: string
  let client: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-nodes-')))
    for (const name of ['a', 'b']) fs.mkdirSync(join(folder, name))
    fs.writeFileSync(join(folder, 'a/file'), 'x')
    fs.linkSync(join(folder, 'a/file'), join(folder, 'b/file'))
    client = new FuseClient([{ id: '1', hostPath: folder, path: folder, writable: true, guestPath: folder }])
  })
  afterEach(async () => {
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  function forget(node: number): void {
    const count = Buffer.alloc(8)
    writeNumber(count, 100, 0)
    client.raw(message(opcode.FORGET, 2, node, 1, count))
  }

  it('can be opened after one name is removed, even if the kernel had forgotten that name’s folder', () => {
    const folderA = client.walk('1', 'a')
    const file = client.walk('1', 'a', 'file')
    expect(client.walk('1', 'b', 'file')).toBe(file)
    forget(folderA)
    expect(client.ask(opcode.UNLINK, client.walk('1', 'a'), text('file')).errno).toBe(0)
    expect(client.open(file).errno).toBe(0)
  })

  it('is found by its second name after the kernel has forgotten the folder of its first name', () => {
    const folderA = client.walk('1', 'a')
    const file = client.walk('1', 'a', 'file')
    forget(folderA)
    expect(client.open(client.walk('1', 'b', 'file')).errno).toBe(0)
    expect(client.open(file).errno).toBe(0)
  })
})
