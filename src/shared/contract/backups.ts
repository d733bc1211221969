import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { backupPlanSchema, backupsStateSchema } from '../backups'
import { objectNameSchema } from '../containers'
import { downloadSchema, uploadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

const kept = z.object({ id: z.uuid() })
const source = z.object({
  volume: objectNameSchema,
  /** Whether to pause the containers that write to the volume during the backup. */
  pause: z.boolean(),
})
const target = z.object({
  to: objectNameSchema,
  /** Whether the content of an existing volume may be replaced. */
  replace: z.boolean(),
})
const task = z.object({ taskId: z.uuid() })

/** Backups of volumes. */
export const backups = {
  /** Sends all backups and schedules, then again after every change. */
  watch: procedure.output(eventIterator(backupsStateSchema)),
  /** Starts a task that backs up a volume into Berth's home folder. */
  create: procedure.input(source).output(task),
  /** Offers the file of a kept backup. */
  download: procedure.input(kept).output(downloadSchema),
  remove: procedure.input(kept).output(nothing),
  /** Starts a task that restores a kept backup into a volume. */
  restore: procedure.input(kept.extend(target.shape)).output(task),
  /** Receives a backup, and restores it into a volume. */
  restoreOpen: procedure.input(target.extend({ bytes: z.number().int().positive() })).output(uploadSchema),
  /** Sets the schedule of a volume. Replaces an earlier one. */
  setSchedule: procedure.input(backupPlanSchema).output(nothing),
  removeSchedule: procedure.input(z.object({ volume: objectNameSchema })).output(nothing),
}
