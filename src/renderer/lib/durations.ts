export type DurationUnit =
  | 'lessThanASecond'
  | 'seconds'
  | 'aboutAMinute'
  | 'minutes'
  | 'aboutAnHour'
  | 'hours'
  | 'days'
  | 'weeks'
  | 'months'
  | 'years'

export interface RoughDuration {
  unit: DurationUnit
  count: number
}

/**
 * Rounds a duration in milliseconds as `docker ps` does. The rules are those of HumanDuration in
 * github.com/docker/go-units/duration.go.
 */
export function roughDuration(milliseconds: number): RoughDuration {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < 1) return { unit: 'lessThanASecond', count: 0 }
  if (seconds < 60) return { unit: 'seconds', count: seconds }
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return { unit: 'aboutAMinute', count: 1 }
  if (minutes < 60) return { unit: 'minutes', count: minutes }
  const hours = Math.floor(minutes / 60 + 0.5)
  if (hours === 1) return { unit: 'aboutAnHour', count: 1 }
  if (hours < 48) return { unit: 'hours', count: hours }
  if (hours < 24 * 7 * 2) return { unit: 'days', count: Math.floor(hours / 24) }
  if (hours < 24 * 30 * 2) return { unit: 'weeks', count: Math.floor(hours / 24 / 7) }
  if (hours < 24 * 365 * 2) return { unit: 'months', count: Math.floor(hours / 24 / 30) }
  return { unit: 'years', count: Math.floor(hours / 24 / 365) }
}

/** Formats the duration of a step as `8.4 s` or `1:05 min`. The argument is in milliseconds. */
export function stepTime(milliseconds: number): string {
  const seconds = Math.round(Math.max(0, milliseconds) / 100) / 10
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.floor(seconds)
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')} min`
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})

/** Formats a time in milliseconds since the epoch as the local time of day, such as `14:03:07.250`. */
export function clockTime(time: number): string {
  return clockFormat.format(time)
}

const dayFormat = new Intl.DateTimeFormat('sv', { dateStyle: 'short' })

/** Formats a time in milliseconds since the epoch like `clockTime`. Adds the date if it is not today. */
export function logTime(time: number, now: number = Date.now()): string {
  const day = dayFormat.format(time)
  return day === dayFormat.format(now) ? clockTime(time) : `${day} ${clockTime(time)}`
}
