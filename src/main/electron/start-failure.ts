import { dialog } from 'electron'
import { BerthError } from '../../shared/errors'
import { errorText, languageOf } from '../../shared/i18n'

/** Says in a system dialog why there will be no window: another Berth uses the folder, or it cannot be written to. */
export function reportStartFailure(error: unknown, locale: string): void {
  const failure = BerthError.from(error)
  const { what, todo } = errorText(failure, languageOf(locale))
  dialog.showErrorBox(what, failure.detail === undefined ? todo : `${todo}\n\n${failure.detail}`)
}
