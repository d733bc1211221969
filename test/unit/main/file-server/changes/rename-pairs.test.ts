import { describe, expect, it, vi } from 'vitest'
import { pairRenames, RenamePairs } from '../../../../../src/main/file-server/changes/rename-pairs'
import { stateOf } from '../../../../../src/main/file-server/tree/file-attributes'
import { Node } from '../../../../../src/main/file-server/tree/node'
import type { NameChange } from '../../../../../src/main/file-server/changes/folder-watches'

const share = { id: '1', hostPath: '/s', path: '/s', writable: true, guestPath: '/s' }
const folder = new Node({ id: 2, name: '1', ino: 1n, type: 0o040000, share })

function file(ino: bigint, birthNs = 5n) {
  const times = { atimeNs: 1n, mtimeNs: 1n, ctimeNs: 1n, birthNs }
  return { ino, size: 1n, blocks: 1n, ...times, mode: 0o100644, nlink: 1 }
}
const left = (name: string, ino: bigint): NameChange => ({
  ...{ folder, name, renamed: true },
  before: stateOf(file(ino)),
  now: undefined,
})
const came = (name: string, ino: bigint, birthNs?: bigint): NameChange => ({
  ...{ folder, name, renamed: true },
  before: undefined,
  now: file(ino, birthNs),
})

describe('a rename', () => {
  it('is recognised when an inode disappears from one name and appears under another name', () => {
    const { renames, rest } = pairRenames([left('a', 1n), came('b', 1n), left('c', 2n)])
    expect(renames.map(([from, to]) => `${from.name} ${to.name}`)).toEqual(['a b'])
    expect(rest.map(({ name }) => name)).toEqual(['c'])
  })

  it('is not reported when the host has reused the inode for a new file', () => {
    expect(pairRenames([left('a', 1n), came('b', 1n, 9n)]).renames).toEqual([])
  })

  it('is recognised when its two events are read separately', () => {
    const pairs = new RenamePairs(() => undefined)
    const first = pairs.add([left('a', 1n), came('other', 3n)])
    expect(first.ready.map(({ name }) => name)).toEqual(['other'])
    expect(first.held.map(({ name }) => name)).toEqual(['a'])
    const second = pairs.add([came('b', 1n)])
    expect(second.ready.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(second.held).toEqual([])
    pairs.close()
  })

  it('is awaited only for a moment after a name has disappeared', async () => {
    const ended = vi.fn()
    const pairs = new RenamePairs(ended)
    pairs.add([left('a', 1n)])
    await vi.waitFor(() => {
      expect(ended).toHaveBeenCalledOnce()
    })
    expect(pairs.add([]).ready.map(({ name }) => name)).toEqual(['a'])
    pairs.close()
  })
})
