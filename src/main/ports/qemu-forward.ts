import { connect, type OnReadOpts, type Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { backoff } from '../../shared/backoff'
import { BerthError } from '../../shared/errors'
import { freePort, sequencer, systemErrorCode } from '../lib'
import type { Forward, HostForward } from '../qemu'
import type { SshLink } from '../ssh'
import { refusedFrom } from './refusals'
import type { OpenedStream } from './tcp-listener'

/** Milliseconds to wait until QEMU accepts a connection, before another one is tried. */
const acceptWait = { firstMs: 3, longestMs: 50 }

/** `connectMs`: milliseconds for all tries. `ports`: how many loopback ports are tried when QEMU cannot have one. */
const limits = { connectMs: 30_000, ports: 5 }

export interface QemuForwardOptions extends Pick<Forward, 'guestPort' | 'guestAddress'> {
  hostForward: HostForward
  link: Pick<SshLink, 'exec'>
  platform?: NodeJS.Platform
}

/**
 * Carries the TCP connections of one published port into the machine. They go through a QEMU forward on a secret
 * loopback port, which is opened with the first connection.
 *
 * QEMU lets one connection wait in its backlog (libslirp: `listen(s, 1)`). If several arrive simultaneously, the
 * system drops the others and repeats them after one, three, seven seconds. A browser's six connections would take
 * seconds; of a hundred connections, some were reset after a minute. So this class makes them one after the other, and
 * repeats a dropped one within milliseconds.
 */
export class QemuForward {
  readonly #options: QemuForwardOptions
  /** Windows refuses a connection if the backlog is full (Winsock's `listen`); other systems do not answer. */
  readonly #refusesWhenFull: boolean
  readonly #oneAtATime = sequencer()
  #forward: Promise<Forward> | undefined
  #closed = false

  constructor(options: QemuForwardOptions) {
    this.#options = options
    this.#refusesWhenFull = (options.platform ?? process.platform) === 'win32'
  }

  /**
   * A new connection. Everything it receives is written to `client`; passing on its end is up to the caller.
   * @throws BerthError as `HostForward.add`; otherwise the system's error
   */
  async connect(client: Writable): Promise<OpenedStream & { stream: Socket }> {
    const stream = await this.#oneAtATime(() => this.#connect(client))
    // The guest sees the connection come from the same port number as QEMU does.
    const { localPort = 0 } = stream
    return { stream, wasRefused: () => refusedFrom(this.#options.link, localPort) }
  }

  /** Closes the forward. Open connections continue. */
  async close(): Promise<void> {
    this.#closed = true
    const forward = await this.#forward?.catch(() => undefined)
    if (forward !== undefined) await this.#options.hostForward.remove(forward)
  }

  async #connect(client: Writable): Promise<Socket> {
    this.#forward ??= this.#open()
    const { hostPort } = await this.#forward.catch((error: unknown) => {
      this.#forward = undefined
      throw error
    })
    const end = performance.now() + limits.connectMs
    for (let attempt = 0; !this.#closed; attempt++) {
      const wait = backoff(attempt, acceptWait)
      const socket = await connectWithin(client, hostPort, wait, this.#refusesWhenFull)
      if (socket !== undefined) return socket
      if (performance.now() > end) break
    }
    throw new Error('the machine takes no connections')
  }

  async #open(): Promise<Forward> {
    const { hostForward, guestPort, guestAddress } = this.#options
    const guest = { guestPort, ...(guestAddress === undefined ? {} : { guestAddress }) }
    for (let attempt = 1; ; attempt++) {
      const hostPort = await freePort()
      const forward: Forward = { ...guest, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort }
      try {
        await hostForward.add(forward)
        return forward
      } catch (error) {
        const { code } = BerthError.from(error)
        if (code !== 'port.taken' || attempt === limits.ports) throw error
      }
    }
  }
}

/** Undefined when there is no connection in time. With `refusalPasses`, a refused one counts as that, too. */
function connectWithin(
  client: Writable,
  port: number,
  milliseconds: number,
  refusalPasses: boolean,
): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const pool = new BufferPool(client)
    const { onread } = pool
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true, onread })
    pool.reads(socket)
    const timer = setTimeout(() => {
      // In a busy process the timer may fire before the event of a connection that was made in time.
      setImmediate(() => {
        if (!socket.connecting && !socket.destroyed) return
        socket.destroy()
        resolve(undefined)
      })
    }, milliseconds)
    socket.once('error', (error) => {
      if (refusalPasses && systemErrorCode(error) === 'ECONNREFUSED') return
      clearTimeout(timer)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

/** Bytes of one read; the rest waits in the system. */
const bufferBytes = 64 * 1024
/** Reading pauses while this many buffers wait to be written. */
const mostBuffers = 16

/**
 * Carries everything that a socket reads to another stream, in buffers that are used again. A stream allocates 64 KiB
 * for each read, five thousand times a second. Collecting those takes longer than carrying their content.
 */
export class BufferPool {
  readonly #to: Writable
  readonly #free: Buffer[] = []
  #from: Socket | undefined
  #pending = 0

  constructor(to: Writable) {
    this.#to = to
  }

  /** An option of `net.connect` for the socket to read from. */
  get onread(): OnReadOpts {
    return {
      buffer: () => this.#take(),
      callback: (bytes, buffer) => this.#carry(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
    }
  }

  /** Sets the socket that was made with {@link onread}. */
  reads(from: Socket): void {
    this.#from = from
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Returns whether the socket may continue to read. */
  #carry(filled: Buffer): boolean {
    this.#pending++
    this.#to.write(filled, () => {
      this.#pending--
      this.#free.push(Buffer.from(filled.buffer, 0, bufferBytes))
      if (this.#pending === mostBuffers / 2) this.#from?.resume()
    })
    return this.#pending < mostBuffers
  }
}
