/** Cuts a stream of bytes into messages that begin with their own length (32 bits, little-endian, itself included). */
export class Inbox {
  #buffer = Buffer.allocUnsafeSlow(256 * 1024)
  #length = 0

  /** `least` and `most` bound a message; anything else throws, because nothing after it can be understood. */
  constructor(
    private readonly least: number,
    private readonly most: number,
  ) {}

  /** Calls `each` for every message that is complete. The messages are views, valid during the call. */
  push(chunk: Buffer, each: (message: Buffer) => void): void {
    if (this.#length === 0) {
      this.#keep(this.#cut(chunk, each))
      return
    }
    // Only the message that is under way is put together; what follows it is taken from the chunk.
    let used = 0
    while (this.#length > 0 && used < chunk.length) {
      const wanted = this.#length < 4 ? 4 : this.#wanted(this.#buffer)
      const piece = chunk.subarray(used, used + wanted - this.#length)
      this.#keep(piece)
      used += piece.length
      if (this.#length < 4 || this.#length < this.#wanted(this.#buffer)) continue
      const message = this.#buffer.subarray(0, this.#length)
      this.#length = 0
      each(message)
    }
    if (used < chunk.length) this.#keep(this.#cut(chunk.subarray(used), each))
  }

  /** Hands out what is complete, and returns the rest. */
  #cut(chunk: Buffer, each: (message: Buffer) => void): Buffer {
    let next = 0
    while (chunk.length - next >= 4) {
      const wanted = this.#wanted(chunk, next)
      if (chunk.length - next < wanted) break
      each(chunk.subarray(next, next + wanted))
      next += wanted
    }
    return chunk.subarray(next)
  }

  #wanted(buffer: Buffer, at = 0): number {
    const length = buffer.readUInt32LE(at)
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
