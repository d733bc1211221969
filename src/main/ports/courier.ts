import type { OnReadOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** What one read may bring, bytes; more of it waits in the system. */
const bufferBytes = 64 * 1024
/** Buffers that may be on their way before reading stops. */
const mostBuffers = 16

/**
 * Carries what a socket reads to another in buffers that are used again. A stream makes one of 64 KiB for each read,
 * five thousand a second, and collecting them takes more time than carrying what is in them.
 */
export class Courier {
  readonly #to: Writable
  readonly #free: Buffer[] = []
  #from: Socket | undefined
  #onWay = 0

  constructor(to: Writable) {
    this.#to = to
  }

  /** For the socket that is read; see `net.connect`. */
  get onread(): OnReadOpts {
    return {
      buffer: () => this.#take(),
      callback: (bytes, buffer) => this.#carry(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
    }
  }

  /** Tells which socket was made with {@link onread}. */
  reads(from: Socket): void {
    this.#from = from
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Returns whether reading goes on. */
  #carry(filled: Buffer): boolean {
    this.#onWay++
    this.#to.write(filled, () => {
      this.#onWay--
      this.#free.push(Buffer.from(filled.buffer, 0, bufferBytes))
      if (this.#onWay === mostBuffers / 2) this.#from?.resume()
    })
    return this.#onWay < mostBuffers
  }
}
