const none = Buffer.alloc(0)

/**
 * Splits a stream of bytes into messages. Each message begins with its own length (32 bits, little-endian), which
 * includes these four bytes.
 */
export class MessageReader {
  readonly #minBytes: number
  readonly #maxBytes: number
  /** Bytes that have arrived and are not read yet. */
  #chunk: Buffer = none
  /** The first part of a message whose rest has not arrived yet. */
  #partial = Buffer.allocUnsafeSlow(256 * 1024)
  #length = 0

  /**
   * `minBytes` and `maxBytes` limit the length of a message. `next` throws for any other length, because the rest of
   * the stream could not be understood.
   */
  constructor(minBytes: number, maxBytes: number) {
    this.#minBytes = minBytes
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    this.#chunk = this.#chunk.length > 0 ? Buffer.concat([this.#chunk, chunk]) : chunk
  }

  /**
   * The next complete message: a view, valid until the next call.
   * @throws Error if the length of the message is outside the limits
   */
  next(): Buffer | undefined {
    if (this.#length === 0) {
      const chunk = this.#chunk
      const length = chunk.length < 4 ? Infinity : this.#wanted(chunk)
      if (length <= chunk.length) return this.#cut(length)
    }
    // Only a message that arrives in several chunks is copied. All other messages are views of the chunk.
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

  /**
   * Removes this many bytes from the start of the chunk, or all bytes if the chunk has fewer. Returns the removed
   * bytes.
   */
  #cut(bytes: number): Buffer {
    const piece = this.#chunk.subarray(0, bytes)
    this.#chunk = this.#chunk.length > bytes ? this.#chunk.subarray(bytes) : none
    return piece
  }

  #wanted(buffer: Buffer): number {
    const length = buffer.readUInt32LE(0)
    if (length < this.#minBytes || length > this.#maxBytes)
      throw new Error(`invalid message length: ${length} bytes`)
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
