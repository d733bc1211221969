import { z } from 'zod'

/** The kinds of objects that the engine keeps on the data disk. */
export const diskKinds = ['images', 'containers', 'volumes', 'build-cache'] as const
export type DiskKind = (typeof diskKinds)[number]

/** The largest number of names that Berth shows for one kind of object. A reclaim also removes unlisted objects. */
export const reclaimableNames = 500

/** All sizes are in bytes. */
export const kindUsageSchema = z.object({
  kind: z.enum(diskKinds),
  count: z.number(),
  bytes: z.number(),
  /** The objects that a reclaim would remove now. */
  reclaimable: z.object({ count: z.number(), bytes: z.number(), names: z.array(z.string()) }),
})
export type KindUsage = z.infer<typeof kindUsageSchema>

export const diskUsageSchema = z.object({
  /** The usage of each kind of object. Absent while the machine does not run, or waits for space on the host's disk. */
  engine: z.array(kindUsageSchema).optional(),
  /** The guest's file system on the data disk. Absent in the same cases as `engine`. */
  guest: z
    .object({
      total: z.number(),
      used: z.number(),
      free: z.number(),
      /** How many more files fit on the data disk. */
      freeFiles: z.number(),
    })
    .optional(),
  /** The disk file of the data disk. Absent before the first start. */
  file: z
    .object({
      path: z.string(),
      /** Bytes that the file takes up on the host. */
      allocated: z.number(),
      /** The disk's size in the guest, which limits the file's size. */
      virtual: z.number(),
    })
    .optional(),
  /** The host's file system that holds the disk file. */
  host: z.object({ total: z.number(), free: z.number() }),
})
export type DiskUsage = z.infer<typeof diskUsageSchema>

/** `free-space` removes no objects, and only returns unused space to the host. */
export const reclaimTargetSchema = z.enum([...diskKinds, 'free-space'])
export type ReclaimTarget = z.infer<typeof reclaimTargetSchema>

export const reclaimResultSchema = z.object({
  /** The number of removed objects. */
  removed: z.number(),
  /** Bytes freed in the machine, as the engine counts them. */
  freed: z.number(),
  /** Bytes by which the disk file shrank on the host. */
  returned: z.number(),
})
export type ReclaimResult = z.infer<typeof reclaimResultSchema>

/** The progress of a compaction of the data disk. */
export const compactionProgressSchema = z.object({
  /** `stop` and `start` stop and start the machine, if it was running. */
  step: z.enum(['stop', 'copy', 'compare', 'start']),
  percent: z.number(),
})
export type CompactionProgress = z.infer<typeof compactionProgressSchema>

/** `returned` is the number of bytes by which the disk file shrank on the host. */
export const compactionResultSchema = z.object({ returned: z.number() })
export type CompactionResult = z.infer<typeof compactionResultSchema>
