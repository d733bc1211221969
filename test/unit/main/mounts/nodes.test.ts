import { describe, expect, it } from 'vitest'
import { fileType } from '../../../../src/main/mounts/linux'
import { NodeTable } from '../../../../src/main/mounts/nodes'
import { rootAttributes } from '../../../../src/main/mounts/root-folder'

describe('the table of nodes', () => {
  it('has no folder in itself', () => {
    const table = new NodeTable('/')
    table.setShares([{ id: '1', hostPath: '/h', path: '/h', writable: true, guestPath: '/h' }])
    const [root] = table.shareRoots
    if (!root) throw new Error('no root')
    const folder = { ...rootAttributes, ino: 7n, mode: fileType.directory }
    const outer = table.at(root, 'outer', folder)
    const inner = table.at(outer, 'inner', { ...folder, ino: 8n })
    expect(() => {
      table.move(root, 'outer', inner, 'outer')
    }).toThrow('errno 22')
    expect(table.path(inner)).toBe('/h/outer/inner')
  })
})
