import type { Finding } from '../../shared/hints'
import { findingParams, findingVariant } from '../lib/hints'
import { useText } from './use-text'

/** Returns the function that says what a hint is about, with its figures. Needs the texts of the area `hints`. */
export function useHintText(): (finding: Finding) => string {
  const { t, ago } = useText()
  return (finding) => {
    const params = findingParams(finding, ago)
    const count = Number(params.count ?? params.days ?? 0)
    return t(`hints.${finding.rule}.${findingVariant(finding)}`, params, count)
  }
}
