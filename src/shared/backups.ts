import { z } from 'zod'
import { backupRuleSchema } from './backup-schedule'
import { objectNameSchema } from './containers'
import { berthErrorSchema } from './errors'

/** A backup of a volume that Berth keeps in its home folder. */
export const backupSchema = z.object({
  id: z.uuid(),
  volume: z.string(),
  driver: z.string(),
  labels: z.record(z.string(), z.string()),
  /** When the backup began, in milliseconds since the epoch. */
  createdAt: z.number(),
  /** The length of the file. */
  bytes: z.number(),
  /** The length of the archive before its compression. */
  contentBytes: z.number(),
  /** True if a schedule has made the backup. Only such a backup is removed by itself. */
  scheduled: z.boolean(),
})
export type Backup = z.infer<typeof backupSchema>

/** What the user chooses for the backups of a volume. */
export const backupPlanSchema = z.object({
  volume: objectNameSchema,
  rule: backupRuleSchema,
  /** How many scheduled backups of the volume Berth keeps. */
  keep: z.number().int().min(1).max(1000),
  /** Whether to pause the containers that write to the volume during a backup. */
  pause: z.boolean(),
})
export type BackupPlan = z.infer<typeof backupPlanSchema>

/** A plan, and how its last run ended. Times are milliseconds since the epoch. */
export const keptScheduleSchema = backupPlanSchema.extend({
  /** When the user has set the plan. */
  since: z.number(),
  /** When the last run ended. Null before the first run. */
  lastRunAt: z.number().nullable(),
  /** Why the last run failed. Null if it did not fail. */
  lastError: berthErrorSchema.nullable(),
})
export type KeptSchedule = z.infer<typeof keptScheduleSchema>

export const backupScheduleSchema = keptScheduleSchema.extend({
  /** When the next run is due. A time in the past means: as soon as the machine runs. */
  nextRunAt: z.number(),
})
export type BackupSchedule = z.infer<typeof backupScheduleSchema>

/** All backups, the newest first, and all schedules. */
export const backupsStateSchema = z.object({
  backups: z.array(backupSchema),
  schedules: z.array(backupScheduleSchema),
  /** The folder of the backups on this computer. */
  folder: z.string(),
})
export type BackupsState = z.infer<typeof backupsStateSchema>
