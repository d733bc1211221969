import type { BackupRule } from '../../shared/backup-schedule'
import type { Language } from '../../shared/i18n/languages'
import { translate } from './i18n'

// Creating a format is slow, and the table of backups formats many times.
const shortFormats = {
  en: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }),
  ko: new Intl.DateTimeFormat('ko', { dateStyle: 'medium', timeStyle: 'short' }),
}

/** The fields of the form for a schedule. Numbers are texts while the user types. */
export interface ScheduleForm {
  every: BackupRule['every']
  hours: string
  /** The time of day, such as `02:30`. */
  time: string
  /** 0 is Sunday. */
  weekday: number
  keep: string
  pause: boolean
}

export function blankSchedule(): ScheduleForm {
  return { every: 'day', hours: '6', time: '03:00', weekday: 0, keep: '7', pause: true }
}

/** The form with the values of a schedule. */
export function scheduleForm(schedule: { rule: BackupRule; keep: number; pause: boolean }): ScheduleForm {
  const { rule, keep, pause } = schedule
  const form = { ...blankSchedule(), every: rule.every, keep: String(keep), pause }
  if (rule.every === 'hours') return { ...form, hours: String(rule.hours) }
  const time = clock(rule)
  return rule.every === 'day' ? { ...form, time } : { ...form, time, weekday: rule.weekday }
}

/** The problems of the form, as keys of texts. */
export function scheduleProblems(form: ScheduleForm): Record<string, string> {
  const problems: Record<string, string> = {}
  if (form.every === 'hours' && !isWhole(form.hours, 720)) problems.hours = 'backups.schedule.hoursProblem'
  if (form.every !== 'hours' && timeOf(form.time) === undefined)
    problems.time = 'backups.schedule.timeProblem'
  if (!isWhole(form.keep, 1000)) problems.keep = 'backups.schedule.keepProblem'
  return problems
}

/** The rule of a form without problems. */
export function scheduleRule({ every, hours, time, weekday }: ScheduleForm): BackupRule {
  if (every === 'hours') return { every, hours: Number(hours) }
  const { hour, minute } = timeOf(time) ?? { hour: 0, minute: 0 }
  return every === 'day' ? { every, hour, minute } : { every, weekday, hour, minute }
}

/** Says a rule in the user's language, such as `Daily at 02:30`. */
export function ruleText(rule: BackupRule, language: Language): string {
  if (rule.every === 'hours') return translate('backups.schedule.summaryHours', {}, rule.hours)
  const time = clock(rule)
  if (rule.every === 'day') return translate('backups.schedule.summaryDay', { time })
  return translate('backups.schedule.summaryWeek', { time, day: weekdayName(rule.weekday, language) })
}

/** A date and a time without seconds, such as `Nov 28, 2026, 4:45 PM`. */
export function shortTime(time: number, language: Language): string {
  return shortFormats[language].format(time)
}

/** The name of a day of the week. 0 is Sunday. */
export function weekdayName(weekday: number, language: Language): string {
  // The 4th of January 1970 was a Sunday.
  const day = new Date(Date.UTC(1970, 0, 4 + weekday))
  return new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(day)
}

function clock({ hour, minute }: { hour: number; minute: number }): string {
  return [hour, minute].map((part) => String(part).padStart(2, '0')).join(':')
}

function timeOf(text: string): { hour: number; minute: number } | undefined {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? []
  return hour === undefined ? undefined : { hour: Number(hour), minute: Number(minute) }
}

function isWhole(text: string, most: number): boolean {
  return /^\d{1,4}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most
}
