import type { BerthError } from '../../shared/errors'
import { errorTextOf } from '../../shared/i18n/languages'
import type { ErrorText } from '../../shared/i18n/texts'
import { roughDuration } from '../lib/durations'
import { catalogue, translate as t } from '../lib/i18n'
import { useClock } from '../stores/clock'
import { usePreferences } from '../stores/preferences'

// Create the formats only once. Creating a format is slow, and a table formats many dates.
const dateFormats = {
  en: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }),
  ko: new Intl.DateTimeFormat('ko', { dateStyle: 'medium', timeStyle: 'medium' }),
}

/** Provides texts, ages and times in the user's language. */
export function useText() {
  const clock = useClock()
  const preferences = usePreferences()

  /** Formats a duration in milliseconds, such as `2 minutes`. */
  function age(milliseconds: number): string {
    const { unit, count } = roughDuration(Math.max(0, milliseconds))
    return t(`duration.${unit}`, { count }, count)
  }
  /** Formats the age of a time in milliseconds since the epoch, such as `2 minutes ago`. */
  function ago(time: number): string {
    return t('duration.ago', { duration: age(clock.now - time) })
  }
  /** Formats the date and time for a tooltip. */
  function exactTime(time: number): string {
    return dateFormats[preferences.language].format(time)
  }
  function errorText(error: BerthError): ErrorText {
    return errorTextOf(catalogue(), error)
  }

  return { t, age, ago, exactTime, errorText }
}
