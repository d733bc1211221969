export type ConnectionStatus = 'connecting' | 'open' | 'lost'

/** Holds the status of the connection to Berth's services, and notifies listeners when the status changes. */
export class Connection {
  #status: ConnectionStatus = 'connecting'
  readonly #listeners = new Set<(status: ConnectionStatus) => void>()

  get status(): ConnectionStatus {
    return this.#status
  }

  set(status: ConnectionStatus): void {
    if (status === this.#status) return
    this.#status = status
    for (const listener of [...this.#listeners]) listener(status)
  }

  /** Calls `listener` whenever the status changes. The returned function removes the listener. */
  onChange(listener: (status: ConnectionStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when the connection is open or `signal` is aborted. */
  async whenOpen(signal: AbortSignal): Promise<void> {
    if (this.#status === 'open' || signal.aborted) return
    await new Promise<void>((resolve) => {
      const settle = () => {
        stopListening()
        signal.removeEventListener('abort', settle)
        resolve()
      }
      const stopListening = this.onChange((status) => {
        if (status === 'open') settle()
      })
      signal.addEventListener('abort', settle)
    })
  }
}
