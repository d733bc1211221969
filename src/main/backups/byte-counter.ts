import { Transform, type TransformCallback } from 'node:stream'

export interface ByteCounterOptions {
  /** Called with the number of bytes so far. */
  report?: (bytes: number) => void
  /** Called each time `every` more bytes have passed. A rejection fails the stream. */
  check?: () => Promise<void>
  every?: number
}

/** Passes bytes on, and counts them. */
export class ByteCounter extends Transform {
  readonly #options: ByteCounterOptions
  #bytes = 0
  #unchecked = 0

  constructor(options: ByteCounterOptions = {}) {
    super()
    this.#options = options
  }

  /** The number of bytes that have passed. */
  get bytes(): number {
    return this.#bytes
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const { report, check, every = 0 } = this.#options
    this.#bytes += chunk.length
    this.#unchecked += chunk.length
    report?.(this.#bytes)
    if (check === undefined || this.#unchecked < every) {
      callback(null, chunk)
      return
    }
    this.#unchecked = 0
    check().then(
      () => {
        callback(null, chunk)
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }
}
