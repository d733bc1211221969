import type { DiskKind, DiskUsage } from '../../shared/disk'

export interface DiskSegment {
  kind: DiskKind | 'other' | 'unused'
  bytes: number
  /** Of the whole disk, 0 to 1. */
  share: number
}

/** The data disk as the parts of a bar that add up to it; undefined until guest and engine have both answered. */
export function diskSegments({ guest, engine }: DiskUsage): DiskSegment[] | undefined {
  if (guest === undefined || engine === undefined || guest.total === 0) return undefined
  const kinds = engine.map(({ kind, bytes }) => ({ kind, bytes }))
  const known = kinds.reduce((sum, { bytes }) => sum + bytes, 0)
  const other = Math.max(0, guest.used - known)
  const parts = [
    ...kinds,
    { kind: 'other' as const, bytes: other },
    { kind: 'unused' as const, bytes: guest.free },
  ]
  return parts.map((part) => ({ ...part, share: part.bytes / guest.total }))
}
