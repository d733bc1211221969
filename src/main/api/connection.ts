import { setMaxListeners } from 'node:events'
import { randomUUID } from 'node:crypto'

/** One client: a window of the Electron host or a page of the headless one. What it owns ends with it. */
export class Connection {
  readonly id = randomUUID()
  readonly #closing = new AbortController()

  constructor() {
    // Every session and upload of the connection listens.
    setMaxListeners(0, this.closed)
  }

  /** Aborts when the connection is gone. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  onClose(listener: () => void): void {
    this.closed.addEventListener(
      'abort',
      () => {
        listener()
      },
      { once: true },
    )
  }

  close(): void {
    this.#closing.abort()
  }
}
