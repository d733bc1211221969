import type { ImageStep } from '../../shared/images'

/**
 * Finds the layer that each step has made. The steps are the oldest first, and so are the numbers, which begin with 1.
 * `empty` tells for each step whether it has made no layer. Undefined if the steps and the layers do not fit together.
 *
 * Without `empty`, this must be guessed, because the engine's API does not tell a step without a layer from one with an
 * empty layer. The guess is used only if exactly one assignment is possible.
 */
export function layersOfSteps(
  steps: readonly Pick<ImageStep, 'size'>[],
  layers: number,
  empty: readonly boolean[] | undefined,
): (number | null)[] | undefined {
  const guesses = [empty, steps.map(() => false), steps.map(({ size }) => size === 0)]
  const fits = guesses.find(
    (guess) => guess?.length === steps.length && guess.filter((isEmpty) => !isEmpty).length === layers,
  )
  if (fits === undefined) return undefined
  let last = 0
  return fits.map((isEmpty) => (isEmpty ? null : ++last))
}
