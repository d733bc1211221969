import { outHeaderBytes, type Request } from './fuse'

const chunkBytes = 256 * 1024

/** Collects what goes to the guest, in order, in few and large pieces. */
export class Outbox {
  /** The message that was put last. */
  last: Buffer = Buffer.alloc(outHeaderBytes)
  #chunk = Buffer.allocUnsafeSlow(chunkBytes)
  #begin = 0
  #end = 0
  #pieces: Buffer[] = []
  #taken = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#taken + this.#end - this.#begin
  }

  /** Room for one message with `bytes` of payload; its place is kept once `finish` is called. */
  reserve(bytes: number): Message {
    const needed = outHeaderBytes + bytes
    if (this.#chunk.length - this.#end < needed) this.#cut()
    if (this.#chunk.length - this.#end < needed) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, needed))
      this.#begin = this.#end = 0
    }
    return new Message(this.#chunk, this.#end)
  }

  /** An answer: `payload` bytes of the message that was reserved, or an errno and none. */
  answer(request: Request, message: Message, payload: number, errno = 0): void {
    this.put(message, payload, -errno, request.uniqueLow, request.uniqueHigh)
  }

  put(message: Message, payload: number, code: number, uniqueLow = 0, uniqueHigh = 0): void {
    const { buffer, start } = message
    this.last = buffer.subarray(start, start + outHeaderBytes + payload)
    buffer.writeUInt32LE(outHeaderBytes + payload, start)
    buffer.writeInt32LE(code, start + 4)
    buffer.writeUInt32LE(uniqueLow, start + 8)
    buffer.writeUInt32LE(uniqueHigh, start + 12)
    this.#end = start + outHeaderBytes + payload
  }

  /** What was put since the last call. */
  take(): Buffer[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.#taken = 0
    return pieces
  }

  #cut(): void {
    if (this.#end === this.#begin) return
    const piece = this.#chunk.subarray(this.#begin, this.#end)
    this.#taken += piece.length
    // Much room was reserved, and little used: a piece of this chunk would hold all of it.
    if (this.#begin === 0 && piece.length <= this.#chunk.length / 4) {
      this.#pieces.push(Buffer.from(piece))
      this.#end = 0
      return
    }
    this.#pieces.push(piece)
    this.#begin = this.#end
  }
}

/** A place in the outbox. */
export class Message {
  constructor(
    readonly buffer: Buffer,
    readonly start: number,
  ) {}

  /** Where the payload begins in `buffer`. */
  get at(): number {
    return this.start + outHeaderBytes
  }
}
