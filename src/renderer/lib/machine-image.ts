import type { MachineImage, MachineState } from '../../shared/machine'

/** True when there is another image to start than this one. */
export function hasImageChoice(image: MachineImage): boolean {
  return image.previous !== undefined || image.recipe !== image.newest || image.next !== image.recipe
}

/** The image to go back to when the newest one failed to start: one that came up on this data disk before. */
export function imageToGoBackTo({ image, failure }: MachineState): string | undefined {
  if (image?.previous === undefined || image.next !== image.newest || failure === undefined) return undefined
  const liesWithImage = failure.phase !== 'preparing' || failure.error.code.startsWith('machine.image-')
  return liesWithImage && failure.error.code !== 'machine.data-newer' ? image.previous : undefined
}
