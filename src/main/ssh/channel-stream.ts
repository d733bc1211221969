import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'
import { BerthError } from '../../shared/errors'

/**
 * An ssh2 channel as a proper Node stream. If the connection breaks, ssh2's own channel ends as if it had finished. It
 * also forgets the callback of a write to a closing channel, and emits nothing after `destroy()` until the peer answers
 * (ssh2 1.17, lib/Channel.js and lib/utils.js), so a caller may wait forever. This stream always closes, and fails with
 * machine.connection-lost if the connection breaks.
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
    // A broken connection fails every open stream, even one without a listener: that must not end the app.
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

/** ssh2 keeps the state of a channel's sending half here, untyped: `open`, `eof`, `closing` or `closed`. */
function isOpen({ outgoing }: Channel): boolean {
  return typeof outgoing === 'object' && outgoing !== null && 'state' in outgoing && outgoing.state === 'open'
}
