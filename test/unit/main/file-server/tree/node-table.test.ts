import { describe, expect, it } from 'vitest'
import { errno, fileType } from '../../../../../src/main/file-server/protocol/linux'
import { NodeTable } from '../../../../../src/main/file-server/tree/node-table'
import { rootAttributes } from '../../../../../src/main/file-server/tree/file-attributes'

describe('the table of nodes', () => {
  it('holds no more nodes than its limit, and has room again when the kernel forgets a node', () => {
    const table = new NodeTable('/', { max: 5 })
    table.setShares([{ id: '1', hostPath: '/h', path: '/h', writable: true, guestPath: '/h' }])
    const [root] = table.shareRoots
    if (!root) throw new Error('no root')
    const tell = (ino: bigint) => {
      const file = { ...rootAttributes, ino, mode: fileType.regular }
      const node = table.obtain(root, `file-${ino}`, file)
      node.kernel.toldEntry(file)
      return node
    }
    const nodes = [2n, 3n, 4n].map(tell)
    expect(table.isCrowded).toBe(true)
    tell(5n)
    expect(() => tell(6n)).toThrow(`errno ${errno.ENFILE}`)
    // A known node needs no room.
    expect(tell(2n)).toBe(nodes[0])
    table.forget(nodes[1]?.id ?? 0, 1)
    tell(6n)
  })

  it('does not move a folder into itself', () => {
    const table = new NodeTable('/')
    table.setShares([{ id: '1', hostPath: '/h', path: '/h', writable: true, guestPath: '/h' }])
    const [root] = table.shareRoots
    if (!root) throw new Error('no root')
    const folder = { ...rootAttributes, ino: 7n, mode: fileType.directory }
    const outer = table.obtain(root, 'outer', folder)
    const inner = table.obtain(outer, 'inner', { ...folder, ino: 8n })
    expect(() => {
      table.move(root, 'outer', inner, 'outer')
    }).toThrow('errno 22')
    expect(table.path(inner)).toBe('/h/outer/inner')
  })
})
