import { describe, expect, it } from 'vitest'
import { arrivalOf, type EventMark } from '../../../../../src/main/file-server/changes/arrivals'
import type { KnownState, NameChange } from '../../../../../src/main/file-server/changes/folder-watches'
import type { Attributes } from '../../../../../src/main/file-server/protocol/fuse'
import { fileType } from '../../../../../src/main/file-server/protocol/linux'
import { placeholderAttributes, stateOf } from '../../../../../src/main/file-server/tree/file-attributes'

const file = (ino: bigint, size = 3n): Attributes => ({
  ...placeholderAttributes(ino, fileType.regular),
  size,
  birthNs: ino * 1000n,
})
const old = stateOf(file(1n))
const none: EventMark = { renames: 0, changesSince: 0 }
const renamed: EventMark = { renames: 1, changesSince: 0 }
const written: EventMark = { renames: 1, changesSince: 2 }
const twice: EventMark = { renames: 2, changesSince: 0 }

function arrival(
  before: KnownState | undefined,
  now: Attributes,
  mark: EventMark,
  { later, precise = true }: { later?: EventMark; precise?: boolean } = {},
) {
  const change: NameChange = { folder: undefined as never, name: 'n', before, now, renamed: mark.renames > 0 }
  return arrivalOf(change, mark, later, precise)
}

describe('arrivalOf recognises how a file got its name', () => {
  it.each([
    ['an atomic save', old, file(2n), renamed, undefined, 'moved'],
    ['an atomic save and a chmod', old, file(2n), written, undefined, 'moved'],
    ['two atomic saves', old, file(2n), twice, undefined, 'moved'],
    ['an atomic save with a backup, as JetBrains does', old, file(2n), twice, undefined, 'moved'],
    [
      'an atomic save in a folder so large that Berth does not read the attributes of its files',
      'file',
      file(2n),
      renamed,
      undefined,
      'moved',
    ],
    ['a deletion and a new file', old, file(2n), { renames: 2, changesSince: 1 }, undefined, 'made'],
    [
      'a deletion and a new file with the old file’s inode',
      old,
      { ...file(1n), birthNs: 9n },
      twice,
      written,
      'made',
    ],
    [
      'a deletion and a new file whose events arrive after Berth has read the attributes',
      old,
      file(2n),
      renamed,
      { renames: 1, changesSince: 1 },
      'made',
    ],
    ['a deletion and a new empty file', old, file(2n, 0n), twice, undefined, 'made'],
    ['a new file', undefined, file(2n), written, undefined, 'made'],
    [
      'a new file whose write event arrives after Berth has read the attributes',
      undefined,
      file(2n),
      renamed,
      { renames: 0, changesSince: 1 },
      'made',
    ],
    ['a new empty file', undefined, file(2n, 0n), renamed, undefined, 'made'],
    ['a file from another folder', undefined, file(2n), renamed, undefined, 'moved'],
    ['a second name (a hard link)', undefined, { ...file(2n), nlink: 2 }, renamed, undefined, 'made'],
    ['a write', old, file(1n, 9n), none, undefined, undefined],
    ['lost events', old, file(2n), none, undefined, 'unclear'],
  ] as const)('after %s', (_, before, now, mark, later, expected) => {
    expect(arrival(before, now, mark, later ? { later } : {})).toBe(expected)
  })

  it.each([
    [old, file(2n), renamed, 'unclear'],
    [old, file(2n), { renames: 2, changesSince: 2 }, 'unclear'],
    [old, { ...file(1n), birthNs: 9n }, twice, undefined],
    [undefined, file(2n), renamed, 'made'],
    ['file', file(2n), renamed, undefined],
  ] as const)('as far as the events of macOS and Windows show it', (before, now, mark, expected) => {
    expect(arrival(before, now, mark, { precise: false })).toBe(expected)
  })
})
