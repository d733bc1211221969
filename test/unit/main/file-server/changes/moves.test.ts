import { describe, expect, it, vi } from 'vitest'
import { DepartureHall, pairMoves } from '../../../../../src/main/file-server/changes/moves'
import { Node, stateOf } from '../../../../../src/main/file-server/tree/nodes'
import type { NameChange } from '../../../../../src/main/file-server/changes/watches'

const share = { id: '1', hostPath: '/s', path: '/s', writable: true, guestPath: '/s' }
const folder = new Node(2, undefined, '1', 1n, 0o040000, share)

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

describe('a move', () => {
  it('is one inode that left a name and came under another', () => {
    const { moves, rest } = pairMoves([left('a', 1n), came('b', 1n), left('c', 2n)])
    expect(moves.map(([from, to]) => `${from.name} ${to.name}`)).toEqual(['a b'])
    expect(rest.map(({ name }) => name)).toEqual(['c'])
  })

  it('is none when the inode was given to a new file', () => {
    expect(pairMoves([left('a', 1n), came('b', 1n, 9n)]).moves).toEqual([])
  })

  it('is recognised when its halves are read apart', () => {
    const hall = new DepartureHall(() => undefined)
    const first = hall.join([left('a', 1n), came('other', 3n)])
    expect(first.ready.map(({ name }) => name)).toEqual(['other'])
    expect(first.held.map(({ name }) => name)).toEqual(['a'])
    const second = hall.join([came('b', 1n)])
    expect(second.ready.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(second.held).toEqual([])
    hall.close()
  })

  it('is waited for a moment only', async () => {
    const ended = vi.fn()
    const hall = new DepartureHall(ended)
    hall.join([left('a', 1n)])
    await vi.waitFor(() => {
      expect(ended).toHaveBeenCalledOnce()
    })
    expect(hall.join([]).ready.map(({ name }) => name)).toEqual(['a'])
    hall.close()
  })
})
