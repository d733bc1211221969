import { useI18n } from 'vue-i18n'
import type { BerthError } from '../../shared/errors'
import { errorText as errorTextIn, type ErrorText } from '../../shared/i18n'
import { roughDuration } from '../lib/durations'
import { useClock } from '../stores/clock'
import { usePreferences } from '../stores/preferences'

/** Texts, ages and times in the user's language. */
export function useText() {
  const { t } = useI18n({ useScope: 'global' })
  const clock = useClock()
  const preferences = usePreferences()

  /** `2 minutes` for a duration in milliseconds. */
  function age(milliseconds: number): string {
    const { unit, count } = roughDuration(Math.max(0, milliseconds))
    return t(`duration.${unit}`, { count }, count)
  }
  /** `2 minutes ago` for a time in milliseconds since the epoch. */
  function ago(time: number): string {
    return t('duration.ago', { duration: age(clock.now - time) })
  }
  /** Date and time, for a tooltip. */
  function exactTime(time: number): string {
    return new Date(time).toLocaleString(preferences.language)
  }
  function errorText(error: BerthError): ErrorText {
    return errorTextIn(error, preferences.language)
  }

  return { t, age, ago, exactTime, errorText }
}
