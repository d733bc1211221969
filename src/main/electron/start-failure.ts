import { dialog } from 'electron'
import { BerthError, errorTextsEn, errorTextsKo, fillErrorText } from '../../shared/errors'
import { isKorean } from './texts'

/** Says in a system dialog why there will be no window: another Berth uses the folder, or it cannot be written to. */
export function reportStartFailure(error: unknown, locale: string): void {
  const { code, params, detail } = BerthError.from(error)
  const { what, todo } = (isKorean(locale) ? errorTextsKo : errorTextsEn)[code]
  const lines = [fillErrorText(todo, params), detail].filter((line) => line !== undefined)
  dialog.showErrorBox(fillErrorText(what, params), lines.join('\n\n'))
}
