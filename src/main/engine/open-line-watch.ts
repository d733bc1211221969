import type { OutputStream } from './frames'
import { LogLines } from './log-lines'
import { OpenLines } from './open-lines'
import type { OutputWatches } from './output-watches'

/** An unfinished line is shown after this many milliseconds without a logged line. Its end may still arrive. */
const showDelay = 100
/** Milliseconds between two updates of an unfinished line. */
const showPause = 250

/** The unfinished line of a stream, such as a prompt. An empty text removes the line. */
export interface OpenLine {
  stream: OutputStream
  text: string
  time: number
}

interface LoggedLine {
  stream: OutputStream
  text: string
  continues?: boolean | undefined
}

/** Reports the unfinished lines of a container to a reader of its log. */
export class OpenLineWatch {
  readonly #lines = new LogLines()
  readonly #open: OpenLines
  readonly #changed: (line: OpenLine) => void
  readonly #release: () => void
  #showAt = performance.now() + showDelay
  #timer: NodeJS.Timeout | undefined

  constructor(watches: OutputWatches, id: string, changed: (line: OpenLine) => void) {
    const { lines, release } = watches.follow(id, () => {
      this.#schedule()
    })
    this.#open = new OpenLines(this.#lines, lines)
    this.#changed = changed
    this.#release = release
    this.#schedule()
  }

  /** The reader has shown a line of the log, or the part of a line that `continues`. */
  logged({ stream, text, continues = false }: LoggedLine): void {
    this.#lines.push({ stream, payload: Buffer.from(continues ? text : `${text}\n`) })
    this.#open.replaced([{ stream, text, time: 0 }])
    this.#showAt = performance.now() + showDelay
    this.#schedule()
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule = () => undefined
    this.#release()
  }

  #schedule = (): void => {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#show()
      },
      Math.max(0, this.#showAt - performance.now()),
    )
  }

  #show(): void {
    // A line was logged after the timer had begun.
    if (performance.now() < this.#showAt - 1) {
      this.#schedule()
      return
    }
    const entries = this.#open.changes()
    if (entries.length === 0) return
    this.#showAt = performance.now() + showPause
    for (const { stream, text, time } of entries) this.#changed({ stream, text, time })
  }
}
