import { z } from 'zod'

/** What the engine keeps on the data disk, by kind. */
export const diskKinds = ['images', 'containers', 'volumes', 'build-cache'] as const
export type DiskKind = (typeof diskKinds)[number]

/** Names that one kind lists at most: they are for reading. */
export const reclaimableNames = 500

/** All sizes are in bytes. */
export const kindUsageSchema = z.object({
  kind: z.enum(diskKinds),
  count: z.number(),
  bytes: z.number(),
  /** What a reclaim would remove now. */
  reclaimable: z.object({ count: z.number(), bytes: z.number(), names: z.array(z.string()) }),
})
export type KindUsage = z.infer<typeof kindUsageSchema>

export const diskUsageSchema = z.object({
  /** Absent while the engine cannot be asked. */
  engine: z.array(kindUsageSchema).optional(),
  /** The guest's file system on the data disk; absent while the machine does not run. */
  guest: z
    .object({
      total: z.number(),
      used: z.number(),
      free: z.number(),
      /** How many more files fit on it. */
      freeFiles: z.number(),
    })
    .optional(),
  /** The data disk's file; absent before the first start. */
  file: z
    .object({
      path: z.string(),
      /** What it takes on the host. */
      allocated: z.number(),
      /** What the guest sees, and the most that the file holds. */
      virtual: z.number(),
    })
    .optional(),
  /** The host's file system that the data disk is on. */
  host: z.object({ total: z.number(), free: z.number() }),
})
export type DiskUsage = z.infer<typeof diskUsageSchema>

/** `free-space` removes nothing: it gives back what the guest no longer uses. */
export const reclaimTargetSchema = z.enum([...diskKinds, 'free-space'])
export type ReclaimTarget = z.infer<typeof reclaimTargetSchema>

export const reclaimResultSchema = z.object({
  /** Objects that were removed. */
  removed: z.number(),
  /** Bytes that became free in the machine, as the engine counts them. */
  freed: z.number(),
  /** Bytes by which the file shrank on the host. */
  returned: z.number(),
})
export type ReclaimResult = z.infer<typeof reclaimResultSchema>

/** How far a compaction of the data disk is. */
export const compactionProgressSchema = z.object({
  /** `stop` and `start` are the machine's, where it ran. */
  step: z.enum(['stop', 'copy', 'compare', 'start']),
  percent: z.number(),
})
export type CompactionProgress = z.infer<typeof compactionProgressSchema>

/** Bytes by which the file shrank on the host. */
export const compactionResultSchema = z.object({ returned: z.number() })
export type CompactionResult = z.infer<typeof compactionResultSchema>
