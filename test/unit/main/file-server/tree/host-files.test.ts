import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { opcode, setattrFlag } from '../../../../../src/main/file-server/protocol/fuse'
import { errno } from '../../../../../src/main/file-server/protocol/linux'
import { FuseClient, text } from '../../../../support/fuse-client'

vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>()
  return { ...actual, constants: { ...actual.constants, O_NOFOLLOW: undefined } }
})

describe('a host that cannot open a file without following symbolic links, such as Windows', () => {
  let folder: string
  let client: FuseClient

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-links-')))
    const shared = join(folder, 'shared')
    fs.mkdirSync(shared)
    fs.writeFileSync(join(folder, 'secret'), 'secret')
    client = new FuseClient([{ id: '1', hostPath: shared, path: shared, writable: true, guestPath: shared }])
    const link = Buffer.concat([text('link'), text('../secret')])
    client.ask(opcode.SYMLINK, client.walk('1'), link)
    client.ask(opcode.SYMLINK, client.walk('1'), Buffer.concat([text('dangling'), text('../made')]))
  })
  afterEach(async () => {
    client.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('refuses to open, create or truncate a file through a symbolic link', () => {
    const root = client.walk('1')
    const link = client.walk('1', 'link')
    for (const flags of [0, 2, 0o1002]) expect(client.open(link, flags).errno).toBe(errno.ELOOP)
    for (const flags of [0o102, 0o1102]) expect(client.create(root, 'link', flags).errno).toBe(errno.ELOOP)
    expect(client.create(root, 'dangling', 0o302).errno).toBe(errno.EEXIST)
    const size = Buffer.alloc(88)
    size.writeUInt32LE(setattrFlag.SIZE, 0)
    expect(client.ask(opcode.SETATTR, link, size).errno).toBe(errno.ELOOP)
    expect(fs.readFileSync(join(folder, 'secret'), 'utf8')).toBe('secret')
    expect(fs.readdirSync(folder).sort()).toEqual(['secret', 'shared'])
  })

  it('opens and creates files', () => {
    const made = client.create(client.walk('1'), 'file', 0o102)
    expect(client.write(made.handle, Buffer.from('text')).errno).toBe(0)
    expect(client.read(client.open(made.node).handle).payload.toString()).toBe('text')
  })
})
