import { expect, it } from 'vitest'
import { diskSegments } from '../../../../src/renderer/lib/disk-segments'
import type { DiskUsage, KindUsage } from '../../../../src/shared/disk'

const host = { total: 1, free: 1 }
const images: KindUsage = {
  kind: 'images',
  count: 1,
  bytes: 30,
  reclaimable: { count: 0, bytes: 0, names: [] },
}

it('diskSegments returns the known kinds, the remaining used space, and the free space', () => {
  const usage: DiskUsage = { host, engine: [images], guest: { total: 100, used: 40, free: 58, freeFiles: 9 } }
  expect(diskSegments(usage)).toEqual([
    { kind: 'images', bytes: 30, share: 0.3 },
    { kind: 'other', bytes: 10, share: 0.1 },
    { kind: 'unused', bytes: 58, share: 0.58 },
  ])
})

it('diskSegments returns no negative remainder if the engine reports more used space than the machine does', () => {
  const usage: DiskUsage = { host, engine: [images], guest: { total: 100, used: 20, free: 80, freeFiles: 9 } }
  expect(diskSegments(usage)?.find(({ kind }) => kind === 'other')?.bytes).toBe(0)
})

it('diskSegments returns undefined until both the machine and the engine have reported', () => {
  expect(diskSegments({ host })).toBeUndefined()
  expect(diskSegments({ host, engine: [images] })).toBeUndefined()
})
