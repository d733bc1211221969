/**
 * Collects values and publishes them together. The first value is published immediately. Values that arrive less than
 * `milliseconds` after that are published together. This uses a timer, because a hidden window renders no frames.
 */
export class Batch<T> {
  readonly #publish: (values: Set<T>) => void
  readonly #milliseconds: number
  #values = new Set<T>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(milliseconds: number, publish: (values: Set<T>) => void) {
    this.#milliseconds = milliseconds
    this.#publish = publish
  }

  add(values: Iterable<T>): void {
    for (const value of values) this.#values.add(value)
    if (this.#timer === undefined) this.#flush()
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#values.size === 0) return
    const values = this.#values
    this.#values = new Set()
    this.#timer = setTimeout(() => {
      this.#flush()
    }, this.#milliseconds)
    this.#publish(values)
  }
}
