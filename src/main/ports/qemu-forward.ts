import { connect, type OnReadOpts, type Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { backoff } from '../../shared/backoff'
import { BerthError } from '../../shared/errors'
import { freePort, sequencer, systemErrorCode } from '../lib'
import type { Forward, HostForward } from '../qemu'
import type { SshLink } from '../ssh'
import { refusedFrom } from './refusals'
import type { OpenedStream } from './tcp-listener'

/** Milliseconds that QEMU may take to accept a connection. After that, Berth tries another connection. */
const acceptWait = { firstMs: 3, longestMs: 50 }

/**
 * `connectMs`: milliseconds for all attempts to connect. `ports`: how many loopback ports Berth tries if QEMU cannot
 * open a port.
 */
const limits = { connectMs: 30_000, ports: 5 }

export interface QemuForwardOptions extends Pick<Forward, 'guestPort' | 'guestAddress'> {
  hostForward: HostForward
  link: Pick<SshLink, 'exec'>
  /** Called for each connection, when its first bytes arrive. */
  answered?: (() => void) | undefined
  platform?: NodeJS.Platform
}

/**
 * Carries the TCP connections of one published port into the machine. The connections go through a QEMU forward on a
 * secret loopback port. The first connection opens the forward.
 *
 * QEMU's backlog holds one waiting connection (libslirp: `listen(s, 1)`). If several connections arrive simultaneously,
 * the system drops the others. The system repeats dropped connections after one, three and seven seconds. A browser's
 * six connections would take seconds. Of a hundred connections, some were reset after a minute. So this class opens one
 * connection at a time, and repeats a dropped connection within milliseconds.
 */
export class QemuForward {
  readonly #options: QemuForwardOptions
  /** If the backlog is full, Windows refuses a connection (Winsock's `listen`). Other systems do not answer. */
  readonly #refusesWhenFull: boolean
  readonly #oneAtATime = sequencer()
  #forward: Promise<Forward> | undefined
  #closed = false

  constructor(options: QemuForwardOptions) {
    this.#options = options
    this.#refusesWhenFull = (options.platform ?? process.platform) === 'win32'
  }

  /**
   * Opens a connection, and writes everything that the connection receives to `client`. The caller must pass on the end
   * of the connection.
   * @throws the BerthErrors of `HostForward.add`; the system's error; an Error if QEMU accepts no connection in time
   */
  async connect(client: Writable): Promise<OpenedStream & { stream: Socket }> {
    const stream = await this.#oneAtATime(() => this.#connect(client))
    // The machine sees the same source port number as QEMU does.
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
      const socket = await connectWithin({
        client,
        port: hostPort,
        milliseconds: wait,
        ignoresRefusal: this.#refusesWhenFull,
        answered: this.#options.answered,
      })
      if (socket !== undefined) return socket
      if (performance.now() > end) break
    }
    throw new Error('the machine accepts no connections')
  }

  async #open(): Promise<Forward> {
    if (this.#closed) throw new Error('the forward is closed')
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

interface Attempt {
  client: Writable
  port: number
  milliseconds: number
  ignoresRefusal: boolean
  answered: (() => void) | undefined
}

/**
 * Resolves with undefined if there is no connection in time. If `ignoresRefusal` is true, the promise does not reject
 * after a refusal, but resolves with undefined when the time is over.
 */
function connectWithin({
  client,
  port,
  milliseconds,
  ignoresRefusal,
  answered,
}: Attempt): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const pool = new BufferPool(client, answered)
    const { onread } = pool
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true, onread })
    pool.reads(socket)
    const timer = setTimeout(() => {
      // In a busy process, the timer may fire before the `connect` event of a connection that was made in time.
      setImmediate(() => {
        if (!socket.connecting && !socket.destroyed) return
        socket.destroy()
        resolve(undefined)
      })
    }, milliseconds)
    socket.once('error', (error) => {
      if (ignoresRefusal && systemErrorCode(error) === 'ECONNREFUSED') return
      clearTimeout(timer)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

/** Bytes of one read. Further bytes wait in the system. */
const bufferBytes = 64 * 1024
/** While this many buffers wait to be written, the pool does not read. */
const mostBuffers = 16

/**
 * Writes everything that a socket reads to another stream, in reused buffers. Node's own streams allocate 64 KiB for
 * each read, five thousand times a second. Collecting this garbage takes longer than the transfer itself.
 */
export class BufferPool {
  readonly #to: Writable
  readonly #free: Buffer[] = []
  #from: Socket | undefined
  #pending = 0
  #first: (() => void) | undefined

  /** Calls `first` when the first bytes arrive. */
  constructor(to: Writable, first?: () => void) {
    this.#to = to
    this.#first = first
  }

  /** The `onread` option of `net.connect`, for the socket that the pool reads from. */
  get onread(): OnReadOpts {
    return {
      buffer: () => this.#take(),
      callback: (bytes, buffer) => this.#carry(Buffer.from(buffer.buffer, buffer.byteOffset, bytes)),
    }
  }

  /** Sets the socket that was created with {@link onread}. */
  reads(from: Socket): void {
    this.#from = from
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Returns whether the socket may continue to read. */
  #carry(filled: Buffer): boolean {
    this.#first?.()
    this.#first = undefined
    this.#pending++
    this.#to.write(filled, () => {
      this.#pending--
      this.#free.push(Buffer.from(filled.buffer, 0, bufferBytes))
      if (this.#pending === mostBuffers / 2) this.#from?.resume()
    })
    return this.#pending < mostBuffers
  }
}
