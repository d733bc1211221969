import pLimit from 'p-limit'
import { BerthError } from '../../shared/errors'
import { within } from '../lib'
import { pathBelow } from './guest-path'

/** How long a look may take, milliseconds. */
const answerMs = 4_000
/** The same for a look that only adds to an answer. */
const shortAnswerMs = 1_000
/** How many looks may wait for silent drives. Node has four threads for files, and Berth itself needs one of them. */
const mostLate = 3

export interface Look {
  /** The folder's path, for the user. */
  path: string
  /** The folder's path in the machine. */
  place: string
  /** True if the answer is useful without the result of this look. */
  isOptional?: boolean
}

/**
 * Looks at folders of this computer that the user may name freely. A network drive may hang, and each look at such a
 * drive blocks a thread of Node until the drive answers. So only one look at a time may block a thread: the next one
 * begins when this one has ended or is late. A folder below a silent one is refused without a look, and so is every
 * folder while too many looks are late. Optional looks are parts of a look, so they do not wait for a turn.
 */
export class BoundedLooks {
  readonly #platform: NodeJS.Platform
  /** The late looks, with the folders' paths in the machine. */
  readonly #late = new Set<{ place: string }>()
  readonly #turn = pLimit(1)

  constructor(platform: NodeJS.Platform) {
    this.#platform = platform
  }

  /**
   * Settles like `act`, which looks at the folder.
   * @throws BerthError host-folder.no-answer; the error of `act`
   */
  at<T>(look: Look, act: () => Promise<T>): Promise<T> {
    return look.isOptional === true ? this.#look(look, act) : this.#turn(() => this.#look(look, act))
  }

  async #look<T>({ path, place, isOptional = false }: Look, act: () => Promise<T>): Promise<T> {
    const isBelowLate = [...this.#late].some(
      (late) => pathBelow(place, late.place, this.#platform) !== undefined,
    )
    const noAnswer = () => new BerthError('host-folder.no-answer', { path })
    const most = isOptional ? mostLate - 1 : mostLate
    if (isBelowLate || this.#late.size >= most) throw noAnswer()
    const result = act()
    const ended = result.then(
      () => true,
      () => true,
    )
    try {
      await within(ended, isOptional ? shortAnswerMs : answerMs, noAnswer)
    } catch (error) {
      const late = { place }
      this.#late.add(late)
      void ended.then(() => this.#late.delete(late))
      throw error
    }
    return result
  }
}
