import { z } from 'zod'

const timeOfDay = {
  /** The local time of day. */
  hour: z.number().int().min(0).max(23),
  minute: z.number().int().min(0).max(59),
}

/** When Berth backs up a volume. Times of day are in the time zone of this computer. */
export const backupRuleSchema = z.discriminatedUnion('every', [
  z.object({ every: z.literal('hours'), hours: z.number().int().min(1).max(720) }),
  z.object({ every: z.literal('day'), ...timeOfDay }),
  /** The days of the week are those of `Date.getDay`: 0 is Sunday. */
  z.object({ every: z.literal('week'), weekday: z.number().int().min(0).max(6), ...timeOfDay }),
])
export type BackupRule = z.infer<typeof backupRuleSchema>

const hourMs = 3_600_000

/** The first time of a rule after another time. Both are milliseconds since the epoch. */
export function nextBackupTime(rule: BackupRule, after: number): number {
  if (rule.every === 'hours') return after + rule.hours * hourMs
  const time = new Date(after)
  time.setHours(rule.hour, rule.minute, 0, 0)
  // A Date keeps the local time of day across a change of the clocks.
  const step = () => time.setDate(time.getDate() + 1)
  while (time.getTime() <= after || (rule.every === 'week' && time.getDay() !== rule.weekday)) {
    step()
    time.setHours(rule.hour, rule.minute, 0, 0)
  }
  return time.getTime()
}
