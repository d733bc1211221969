import { Duplex } from 'node:stream'
import type { Channel } from 'ssh2'
import { BerthError } from '../../shared/errors'

/**
 * An ssh2 channel with the manners of a Node stream. ssh2's own ends like a finished one when the connection
 * drops, forgets the callback of a write to a closing channel, and stays silent after `destroy()` until the peer
 * answers (ssh2 1.17, lib/Channel.js and lib/utils.js); whoever waits on it can wait for ever. This one always
 * closes, and with machine.connection-lost when the connection went away under it.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel
  readonly #onUse: () => void
  #pendingWrite: ((error?: Error | null) => void) | undefined
  #finished = false

  /** `onUse` is called with everything that is written. */
  constructor(channel: Channel, onUse: () => void = () => undefined) {
    super({ allowHalfOpen: true })
    this.#channel = channel
    this.#onUse = onUse
    // A drop reaches every open stream, also one that nobody uses at the moment: that must not end the app.
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

  /** The connection under the channel is gone. */
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
    // What still arrives is thrown away, so that the channel's window never stalls its peer.
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

/** ssh2 keeps a channel's sending half here, untyped: `open`, `eof`, `closing` or `closed`. */
function isOpen({ outgoing }: Channel): boolean {
  return typeof outgoing === 'object' && outgoing !== null && 'state' in outgoing && outgoing.state === 'open'
}
