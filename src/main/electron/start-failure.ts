import { dialog } from 'electron'
import { BerthError } from '../../shared/errors'
import { errorText, languageOf } from '../../shared/i18n'

/** Shows the error in a system dialog, because there is no window yet. An example is a read-only home folder. */
export function reportStartFailure(error: unknown, locale: string): void {
  const failure = BerthError.from(error)
  const { what, todo } = errorText(failure, languageOf(locale))
  dialog.showErrorBox(what, failure.detail === undefined ? todo : `${todo}\n\n${failure.detail}`)
}
