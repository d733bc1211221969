import { describe, expect, it } from 'vitest'
import { backupRuleSchema, nextBackupTime } from '../../../src/shared/backup-schedule'

/** A local time. Months count from 1. */
const at = (month: number, day: number, hour: number, minute = 0) =>
  new Date(2026, month - 1, day, hour, minute).getTime()

describe('the next backup of a schedule', () => {
  it('is some hours after the last one', () => {
    expect(nextBackupTime({ every: 'hours', hours: 6 }, at(1, 1, 22))).toBe(at(1, 2, 4))
  })

  it('is at a time of day: today if that is still to come, otherwise tomorrow', () => {
    const rule = { every: 'day', hour: 2, minute: 30 } as const
    expect(nextBackupTime(rule, at(1, 31, 1))).toBe(at(1, 31, 2, 30))
    expect(nextBackupTime(rule, at(1, 31, 2, 30))).toBe(at(2, 1, 2, 30))
    expect(nextBackupTime(rule, at(12, 31, 23))).toBe(new Date(2027, 0, 1, 2, 30).getTime())
  })

  it('is on a day of the week', () => {
    // The 7th of January 2026 is a Wednesday.
    const rule = { every: 'week', weekday: 3, hour: 9, minute: 0 } as const
    expect(nextBackupTime(rule, at(1, 7, 8))).toBe(at(1, 7, 9))
    expect(nextBackupTime(rule, at(1, 7, 9))).toBe(at(1, 14, 9))
    expect(nextBackupTime({ ...rule, weekday: 2 }, at(1, 7, 9))).toBe(at(1, 13, 9))
  })

  it('has bounds', () => {
    for (const rule of [
      { every: 'hours', hours: 0 },
      { every: 'hours', hours: 1.5 },
      { every: 'day', hour: 24, minute: 0 },
      { every: 'week', weekday: 7, hour: 1, minute: 0 },
    ])
      expect(backupRuleSchema.safeParse(rule).success).toBe(false)
  })
})
