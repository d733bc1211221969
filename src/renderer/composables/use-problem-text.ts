import type { Problem } from '../lib/compose/validation'
import { useText } from './use-text'

/** The texts of the problems in a compose file. */
export function useProblemText() {
  const { t } = useText()

  /** Such as `list, map`. Types with the same name in the user's language appear once. */
  function typesText(types: readonly string[]): string {
    return [
      ...new Set(types.filter((type) => type !== 'null').map((type) => t(`composeFiles.type.${type}`))),
    ].join(', ')
  }
  function problemText({ kind, params, types }: Problem): string {
    const { part } = params
    return t(`composeFiles.problem.${kind}`, {
      ...params,
      ...(types === undefined ? {} : { types: typesText(types) }),
      ...(part === undefined ? {} : { part: t(`composeFiles.part.${part}`) }),
    })
  }
  return { problemText, typesText }
}
