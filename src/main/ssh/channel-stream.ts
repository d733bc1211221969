import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'
import { BerthError } from '../../shared/errors'

/**
 * Wraps an ssh2 channel in a Node stream that always closes. If the connection breaks, the stream fails with
 * machine.connection-lost. ssh2's own channels behave differently (ssh2 1.17, lib/Channel.js and lib/utils.js). If the
 * connection breaks, the channel ends as if it had finished. A closing channel never calls the callback of a write.
 * After `destroy()`, the channel emits nothing until the peer answers. So a caller may wait forever.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel
  readonly #onUse: () => void
  #pendingWrite: ((error?: Error | null) => void) | undefined
  #finished = false

  /** `onUse` is called at each write. */
  constructor(channel: Channel, onUse: () => void = () => undefined) {
    super({ allowHalfOpen: true })
    this.#channel = channel
    this.#onUse = onUse
    // A broken connection fails every open stream. A failed stream without another listener must not end the app.
    this.on('error', () => undefined)
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause()
    })
    channel.on('end', () => this.push(null))
    channel.on('error', (error: Error) => this.destroy(error))
    channel.on('close', () => {
      this.#onChannelClose()
    })
    channel.pause()
  }

  /** Fails the stream because the connection has broken. */
  connectionLost(): void {
    this.destroy(new BerthError('machine.connection-lost'))
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (!isOpen(this.#channel)) {
      callback(new BerthError('machine.connection-lost', {}, { detail: 'write to a closed channel' }))
      return
    }
    this.#onUse()
    this.#pendingWrite = callback
    this.#channel.write(chunk, encoding, (error) => {
      this.#settleWrite(error)
    })
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#finished = true
    this.#channel.end()
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#settleWrite(error ?? new BerthError('machine.connection-lost'))
    this.#channel.close()
    // Discards the data that still arrives, so that the channel's window does not block the peer.
    this.#channel.resume()
    callback(error)
  }

  #onChannelClose(): void {
    this.#settleWrite(new BerthError('machine.connection-lost', {}, { detail: 'the channel was closed' }))
    if (!this.readableEnded) this.push(null)
    if (!this.#finished) this.end()
  }

  #settleWrite(error?: Error | null): void {
    const callback = this.#pendingWrite
    this.#pendingWrite = undefined
    callback?.(error)
  }
}

/**
 * Whether the sending half of a channel is open. ssh2 keeps the state in an untyped field: `open`, `eof`, `closing` or
 * `closed`.
 */
function isOpen({ outgoing }: Channel): boolean {
  return typeof outgoing === 'object' && outgoing !== null && 'state' in outgoing && outgoing.state === 'open'
}
