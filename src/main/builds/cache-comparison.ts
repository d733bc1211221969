import type { Instruction } from 'dockerfile-ast'
import type { CacheMiss } from '../../shared/builds'
import type { CacheFacts } from './cache-facts'
import type { ReadFacts } from './cache-settings'
import { chainOf, type Stage } from './dockerfile'
import { comparedText, textOf } from './instructions'

/** The image that a stage begins with, also through other stages. */
function imageOf(stage: Stage): string {
  return chainOf(stage)[0]?.base ?? ''
}

export function otherBase(
  now: ReadFacts & { stage: Stage },
  before: ReadFacts & { stage: Stage },
): CacheMiss | undefined {
  const [image, oldImage] = [imageOf(now.stage), imageOf(before.stage)]
  if (image !== oldImage) return { kind: 'base-image', image, before: oldImage, now: image }
  const [digest, oldDigest] = [digestOf(image, now.facts), digestOf(image, before.facts)]
  if (digest === undefined || oldDigest === undefined || digest === oldDigest) return undefined
  return { kind: 'base-image', image, before: oldDigest, now: digest }
}

/** The digest or the id that an image had. Undefined if it is not known. */
export function digestOf(image: string, { bases }: Pick<CacheFacts, 'bases'>): string | undefined {
  return bases.find((base) => base.image === image)?.digest
}

/** What has changed among the instructions of a stage up to this number. */
export function otherInstruction(
  now: readonly Instruction[],
  old: readonly Instruction[],
  number: number,
): CacheMiss | undefined {
  const text = (instruction: Instruction | undefined) =>
    instruction === undefined ? '' : comparedText(instruction)
  const before = (index: number) => (old[index] === undefined ? '' : textOf(old[index]))
  const [mine, theirs] = [text(now[number - 1]), text(old[number - 1])]
  const isOther = (index: number) => text(now[index]) !== text(old[index])
  const follows = now
    .slice(0, number - 1)
    .findIndex((one, index) => one.getKeyword() !== 'FROM' && isOther(index))
  if (follows >= 0) return { kind: 'order', before: before(follows) }
  if (mine === theirs) return undefined
  // A step was put in, or one was taken out.
  if (now.slice(number).some((one) => text(one) === theirs)) return { kind: 'new-step' }
  if (old.slice(number).some((one) => text(one) === mine))
    return { kind: 'order', before: before(number - 1) }
  return { kind: 'instruction', before: before(number - 1) }
}
