const none = Buffer.alloc(0)

/** Cuts a stream of bytes into messages that begin with their own length (32 bits, little-endian, itself included). */
export class Inbox {
  /** What has come and was not looked at yet. */
  #chunk: Buffer = none
  /** A message of which only the beginning has come. */
  #buffer = Buffer.allocUnsafeSlow(256 * 1024)
  #length = 0

  /** `least` and `most` bound a message; anything else throws, because nothing after it can be understood. */
  constructor(
    private readonly least: number,
    private readonly most: number,
  ) {}

  push(chunk: Buffer): void {
    this.#chunk = this.#chunk.length > 0 ? Buffer.concat([this.#chunk, chunk]) : chunk
  }

  /** The next message that is complete: a view, valid until the next call. */
  next(): Buffer | undefined {
    if (this.#length === 0) {
      const chunk = this.#chunk
      const length = chunk.length < 4 ? Infinity : this.#wanted(chunk)
      if (length <= chunk.length) return this.#take(length)
    }
    // Only the message that is under way is put together; what follows it is taken from the chunk.
    while (this.#chunk.length > 0) {
      const wanted = this.#length < 4 ? 4 : this.#wanted(this.#buffer)
      this.#keep(this.#take(wanted - this.#length))
      if (this.#length < 4 || this.#length < this.#wanted(this.#buffer)) continue
      const message = this.#buffer.subarray(0, this.#length)
      this.#length = 0
      return message
    }
    return undefined
  }

  /** So many bytes of the chunk, or all that it has. */
  #take(bytes: number): Buffer {
    const piece = this.#chunk.subarray(0, bytes)
    this.#chunk = this.#chunk.length > bytes ? this.#chunk.subarray(bytes) : none
    return piece
  }

  #wanted(buffer: Buffer): number {
    const length = buffer.readUInt32LE(0)
    if (length < this.least || length > this.most) throw new Error(`a message of ${length} bytes`)
    return length
  }

  #keep(piece: Buffer): void {
    const needed = this.#length + piece.length
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(this.most, this.#buffer.length * 4)))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    piece.copy(this.#buffer, this.#length)
    this.#length = needed
  }
}
