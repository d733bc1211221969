import { describe, expect, it } from 'vitest'
import {
  blankSchedule,
  ruleText,
  scheduleForm,
  scheduleProblems,
  scheduleRule,
  weekdayName,
} from '../../../../src/renderer/lib/backups'
import { showLanguage } from '../../../../src/renderer/lib/i18n'

describe('the form for a schedule', () => {
  it('has the values of a schedule, and makes the same rule again', () => {
    for (const rule of [
      { every: 'hours', hours: 12 },
      { every: 'day', hour: 2, minute: 5 },
      { every: 'week', weekday: 6, hour: 23, minute: 59 },
    ] as const) {
      const form = scheduleForm({ rule, keep: 3, pause: false })
      expect(form).toMatchObject({ every: rule.every, keep: '3', pause: false })
      expect(scheduleProblems(form)).toEqual({})
      expect(scheduleRule(form)).toEqual(rule)
    }
  })

  it('says which fields are wrong, but only of the chosen kind', () => {
    const wrong = { ...blankSchedule(), hours: '1.5', time: '24:00', keep: '0' }
    expect(scheduleProblems({ ...wrong, every: 'hours' })).toEqual({
      hours: 'backups.schedule.hoursProblem',
      keep: 'backups.schedule.keepProblem',
    })
    expect(Object.keys(scheduleProblems({ ...wrong, every: 'week' }))).toEqual(['time', 'keep'])
  })

  it('has a rule in words', async () => {
    await showLanguage('en')
    expect(ruleText({ every: 'hours', hours: 1 }, 'en')).toBe('Every hour')
    expect(ruleText({ every: 'hours', hours: 6 }, 'en')).toBe('Every 6 hours')
    expect(ruleText({ every: 'week', weekday: 0, hour: 3, minute: 0 }, 'en')).toBe('Sunday at 03:00')
    expect(weekdayName(1, 'ko')).toBe('월요일')
  })
})
