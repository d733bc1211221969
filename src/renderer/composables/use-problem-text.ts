import type { Problem } from '../lib/compose/validation'
import { useText } from './use-text'

/** The texts of the problems in a compose file. */
export function useProblemText() {
  const { t } = useText()

  /** Such as `list, map`. A text beside `true or false` is only meant for variables, so it is left out. */
  function typesText(types: readonly string[]): string {
    const hidden = types.includes('boolean') && types.length === 2 ? ['string', 'null'] : ['null']
    const names = types.filter((type) => !hidden.includes(type)).map((type) => t(`projectFiles.type.${type}`))
    return [...new Set(names)].join(', ')
  }
  function problemText({ kind, params, types }: Problem): string {
    const { part } = params
    return t(`projectFiles.problem.${kind}`, {
      ...params,
      ...(types === undefined ? {} : { types: typesText(types) }),
      ...(part === undefined ? {} : { part: t(`projectFiles.part.${part}`) }),
    })
  }
  return { problemText, typesText }
}
