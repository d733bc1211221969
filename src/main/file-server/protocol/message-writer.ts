import { controlOpcode, outHeaderBytes, writeNumber, type Request, type toAgent } from './fuse'

const chunkBytes = 256 * 1024

/** Collects messages to the guest, in order, in a few large buffers. */
export class MessageWriter {
  /** The message that was committed last. */
  last: Buffer = Buffer.alloc(outHeaderBytes)
  #chunk = Buffer.allocUnsafeSlow(chunkBytes)
  #begin = 0
  #end = 0
  #pieces: Buffer[] = []
  #pieceBytes = 0

  /** Bytes that are not sent yet. */
  get unsentBytes(): number {
    return this.#pieceBytes + this.#end - this.#begin
  }

  /**
   * Returns room for one message with up to `bytes` of payload. The message is only sent if `commit` or `reply` is
   * called before the next `reserve`.
   */
  reserve(bytes: number): Message {
    const needed = outHeaderBytes + bytes
    if (this.#chunk.length - this.#end < needed) this.#cut()
    if (this.#chunk.length - this.#end < needed) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, needed))
      this.#begin = this.#end = 0
    }
    return new Message(this.#chunk, this.#end)
  }

  /**
   * Commits a message as the reply to a request, with `payload` bytes of payload. A reply with an errno has no payload.
   */
  reply(request: Request, message: Message, payload: number, errno = 0): void {
    this.commit(message, payload, -errno, request.uniqueLow, request.uniqueHigh)
  }

  /** Writes a control message for the agent, with numbers of 64 bits. */
  control(code: (typeof toAgent)[keyof typeof toAgent], ...numbers: number[]): void {
    const message = this.reserve(8 * numbers.length)
    for (const [index, number] of numbers.entries())
      writeNumber(message.buffer, number, message.at + 8 * index)
    this.commit(message, 8 * numbers.length, code, controlOpcode, controlOpcode)
  }

  commit(message: Message, payload: number, code: number, uniqueLow = 0, uniqueHigh = 0): void {
    const { buffer, start } = message
    this.last = buffer.subarray(start, start + outHeaderBytes + payload)
    buffer.writeUInt32LE(outHeaderBytes + payload, start)
    buffer.writeInt32LE(code, start + 4)
    buffer.writeUInt32LE(uniqueLow, start + 8)
    buffer.writeUInt32LE(uniqueHigh, start + 12)
    this.#end = start + outHeaderBytes + payload
  }

  /** Returns the messages that were committed since the last call, to be sent. */
  drain(): Buffer[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.#pieceBytes = 0
    return pieces
  }

  #cut(): void {
    if (this.#end === this.#begin) return
    const piece = this.#chunk.subarray(this.#begin, this.#end)
    this.#pieceBytes += piece.length
    // The chunk is mostly unused. A view would keep the whole chunk in memory, so the piece is copied.
    if (this.#begin === 0 && piece.length <= this.#chunk.length / 4) {
      this.#pieces.push(Buffer.from(piece))
      this.#end = 0
      return
    }
    this.#pieces.push(piece)
    this.#begin = this.#end
  }
}

/** The place of a message that is being written. */
export class Message {
  readonly buffer: Buffer
  readonly start: number

  constructor(buffer: Buffer, start: number) {
    this.buffer = buffer
    this.start = start
  }

  /** The offset of the payload in `buffer`. */
  get at(): number {
    return this.start + outHeaderBytes
  }
}
