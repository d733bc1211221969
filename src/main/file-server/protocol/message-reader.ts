const none = Buffer.alloc(0)

/** Cuts a stream of bytes into messages. Each begins with its own length (32 bits, little-endian, itself included). */
export class MessageReader {
  readonly #minBytes: number
  readonly #maxBytes: number
  /** Bytes that have arrived and are not read yet. */
  #chunk: Buffer = none
  /** The first part of a message, the rest of which has not arrived yet. */
  #partial = Buffer.allocUnsafeSlow(256 * 1024)
  #length = 0

  /** `minBytes` and `maxBytes` bound a message. Any other length throws: nothing after it could be understood. */
  constructor(minBytes: number, maxBytes: number) {
    this.#minBytes = minBytes
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    this.#chunk = this.#chunk.length > 0 ? Buffer.concat([this.#chunk, chunk]) : chunk
  }

  /**
   * The next complete message: a view, valid until the next call.
   * @throws Error for a message of an impossible length
   */
  next(): Buffer | undefined {
    if (this.#length === 0) {
      const chunk = this.#chunk
      const length = chunk.length < 4 ? Infinity : this.#wanted(chunk)
      if (length <= chunk.length) return this.#cut(length)
    }
    // Only the partial message is copied together. The messages after it are views of the chunk.
    while (this.#chunk.length > 0) {
      const wanted = this.#length < 4 ? 4 : this.#wanted(this.#partial)
      this.#append(this.#cut(wanted - this.#length))
      if (this.#length < 4 || this.#length < this.#wanted(this.#partial)) continue
      const message = this.#partial.subarray(0, this.#length)
      this.#length = 0
      return message
    }
    return undefined
  }

  /** Removes this many bytes from the chunk, or all that it has. */
  #cut(bytes: number): Buffer {
    const piece = this.#chunk.subarray(0, bytes)
    this.#chunk = this.#chunk.length > bytes ? this.#chunk.subarray(bytes) : none
    return piece
  }

  #wanted(buffer: Buffer): number {
    const length = buffer.readUInt32LE(0)
    if (length < this.#minBytes || length > this.#maxBytes) throw new Error(`a message of ${length} bytes`)
    return length
  }

  #append(piece: Buffer): void {
    const needed = this.#length + piece.length
    if (needed > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(needed, Math.min(this.#maxBytes, this.#partial.length * 4)),
      )
      this.#partial.copy(larger, 0, 0, this.#length)
      this.#partial = larger
    }
    piece.copy(this.#partial, this.#length)
    this.#length = needed
  }
}
