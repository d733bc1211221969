import type { DiskKind, DiskUsage } from '../../shared/disk'

export interface DiskSegment {
  kind: DiskKind | 'other' | 'unused'
  bytes: number
  /** The share of the whole disk, from 0 to 1. */
  share: number
}

/** Divides the data disk into the segments of a bar. Returns undefined until machine and engine have reported usage. */
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
