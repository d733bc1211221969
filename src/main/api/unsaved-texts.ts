import type { Connection } from './implementer'

/**
 * The texts that users have changed in the windows and have not saved. Each window reports its own ones, and they end
 * with its connection. So Berth can ask about them before it stops anything.
 */
export class UnsavedTexts {
  readonly #byWindow = new Map<Connection, readonly string[]>()

  /** The names of the texts of all windows, such as paths of files. Two windows may have the same file. */
  get names(): string[] {
    return [...new Set([...this.#byWindow.values()].flat())]
  }

  /** Replaces the texts of one window. */
  report(window: Connection, names: readonly string[]): void {
    if (window.closed.aborted) return
    if (!this.#byWindow.has(window))
      window.onClose(() => {
        this.#byWindow.delete(window)
      })
    this.#byWindow.set(window, names)
  }
}
