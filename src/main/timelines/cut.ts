import { hiddenText } from '../../shared/docker-commands'
import type { BerthError, BerthErrorData } from '../../shared/errors'
import type { TimelineStepName } from '../../shared/timelines'

/** A timeline with more steps than this is one that nobody reads to its end. */
export const mostSteps = 300
/** A label is shown in one line. */
const labelUnits = 120
/** A client may send a name or an image of any length. The engine accepts shorter ones. */
const nameUnits = 512
/** A program may give a step of its build a name of megabytes. Secrets are sought only in this part. */
const searchedUnits = 8192
/** A program may write an error of megabytes. */
const detailUnits = 4000

export function cutLabel(text: string): string {
  return cut(text, labelUnits)
}

export function cutName(text: string): string {
  return cut(text, nameUnits)
}

/** The label of a step. BuildKit names a step with the values of its variables, which may be secrets. */
export function stepLabel(step: TimelineStepName, label: string): string {
  return cutLabel(step === 'instruction' ? hiddenText(label.slice(0, searchedUnits)) : label)
}

/** The end of a long error says why something failed. */
export function cutError(error: BerthError): BerthErrorData {
  const data = error.toData()
  const { detail = '' } = data
  return detail.length > detailUnits ? { ...data, detail: `…${detail.slice(1 - detailUnits)}` } : data
}

function cut(text: string, units: number): string {
  return text.length > units ? `${text.slice(0, units - 1)}…` : text
}
