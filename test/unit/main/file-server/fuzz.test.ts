import * as fs from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fromAgent, opcode, writeNumber } from '../../../../src/main/file-server/protocol/fuse'
import { FuseClient, message, text } from '../../../support/fuse-client'

const messages = 8_000
const [kernel, helper] = [100, 7]
/** Known opcodes, FUSE opcodes that the server does not support, and numbers that are no opcode. */
const codes = [...Object.values(opcode), 21, 22, 24, 51, 52, 0, 4096]

/** The length of the body before the names, by opcode. */
const headBytes: ReadonlyMap<number, number> = new Map([
  ...([opcode.MKDIR, opcode.RENAME, opcode.LINK, opcode.OPEN] as const).map((code) => [code, 8] as const),
  ...([opcode.MKNOD, opcode.CREATE, opcode.RENAME2] as const).map((code) => [code, 16] as const),
])

it.each([1, 2, 3])(
  'random requests of a guest never change files outside the share (seed %i)',
  async (seed) => {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'berth-fuzz-')))
    const [shared, outside] = [join(base, 'shared'), join(base, 'outside')]
    for (const folder of [join(shared, 'd/e'), outside]) fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(join(outside, 'secret'), 'secret')
    const guest = new FuseClient([
      { id: '1', hostPath: shared, path: shared, writable: true, guestPath: shared },
    ])
    guest.control(fromAgent.HELLO_MOUNTED, helper)
    const below = randomBelow(seed)
    const oneOf = <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0]
    const node = () => oneOf([0, 1, 2, 2 ** 40, ...[...guest.server.context.nodes.all()].map(({ id }) => id)])
    const number = (value: number) => {
      const bytes = Buffer.alloc(8)
      writeNumber(bytes, value, 0)
      return bytes
    }
    const name = () =>
      text(
        oneOf(['a', 'link', 'secret', '..', '/', 'a/b', '../outside/secret', '', 'x'.repeat(300), outside]),
      )
    const part = () =>
      oneOf([
        name,
        () => text(oneOf(['.done:1:0', '.helper:0:0', '/etc/passwd'])),
        () => number(below(40)),
        () => number(node()),
        () => Buffer.from(Array.from({ length: below(100) }, () => below(256))),
        () => Buffer.alloc(below(90)),
      ])()
    /** Makes a body in the form that the operation expects. */
    const sensible = (code: number) => {
      const head = Buffer.alloc(headBytes.get(code) ?? 0)
      if (head.length > 0)
        writeNumber(head, code === opcode.RENAME || code === opcode.LINK ? node() : 0o102, 0)
      if (head.length === 16) head.writeUInt32LE(0o100644, code === opcode.CREATE ? 4 : 0)
      return Buffer.concat([head, name(), name()])
    }
    const swap = () => {
      const link = join(shared, 'link')
      fs.rmSync(link, { recursive: true, force: true })
      if (below(2) === 0) fs.symlinkSync(outside, link)
      else fs.mkdirSync(link)
    }
    try {
      for (let count = 1; count <= messages; count++) {
        const code = oneOf([opcode.LOOKUP, ...codes])
        const body = below(2) === 0 ? sensible(code) : Buffer.concat(Array.from({ length: below(6) }, part))
        const pid = below(20) === 0 ? helper : kernel
        guest.raw(message(code, 2 * count, node(), pid, body))
        if (below(20) === 0) swap()
      }
      expect(fs.readdirSync(base).sort()).toEqual(['outside', 'shared'])
      expect(fs.readdirSync(outside)).toEqual(['secret'])
      expect(fs.readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
      expect(guest.walk('1')).toBe(2)
    } finally {
      guest.close()
      await rm(base, { recursive: true, force: true })
    }
  },
)

/** Returns a generator of whole numbers from 0. The same seed gives the same numbers. */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
