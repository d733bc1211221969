import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { join, listen, type JoinOptions } from '../lib'

/** Bytes that may wait for a client. With a lower limit, reading would stop and start at every chunk. */
const highWaterMark = 1 << 20

export interface ListenAddress {
  address: string
  port: number
  /** Reset connections from other computers, even if `address` is the wildcard. */
  loopbackOnly?: boolean
}

/** The stream into the machine for one client. */
export interface OpenedStream extends Pick<JoinOptions, 'wasRefused'> {
  stream: Duplex
  /** Called when the stream's first bytes arrive. */
  answered?: (() => void) | undefined
}

/** Opens the stream into the machine for a client's connection. */
export type OpenStream = (client: Socket) => Promise<OpenedStream>

/** A TCP port of the host. Each of its connections has a stream into the machine. */
export class TcpListener {
  readonly #server: Server
  readonly #open: OpenStream
  readonly #loopbackOnly: boolean

  /** Call {@link TcpListener.listen} instead. */
  constructor(open: OpenStream, loopbackOnly: boolean) {
    this.#open = open
    this.#loopbackOnly = loopbackOnly
    // A client that has sent everything may still wait for the answer.
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, highWaterMark },
      (socket) => void this.#carry(socket),
    )
    // This happens e.g. if no file descriptors are left. The server accepts connections again when descriptors are
    // free.
    this.#server.on('error', () => undefined)
  }

  /** @throws the system's error, e.g. EADDRINUSE */
  static async listen(where: ListenAddress, open: OpenStream): Promise<TcpListener> {
    const listener = new TcpListener(open, where.loopbackOnly ?? false)
    await listen(listener.#server, { host: where.address, port: where.port, ipv6Only: true })
    return listener
  }

  /** Frees the port. Open connections continue, so that a container's last output still arrives. */
  close(): Promise<void> {
    // Not awaited, because the server's own `close` waits for all connections.
    this.#server.close()
    return Promise.resolve()
  }

  async #carry(socket: Socket): Promise<void> {
    if (this.#loopbackOnly && !isLoopback(socket.remoteAddress ?? '')) {
      socket.resetAndDestroy()
      return
    }
    // When there is a stream, `join` passes on the error.
    socket.on('error', () => socket.destroy())
    try {
      const { stream, answered, ...options } = await this.#open(socket)
      join(socket, stream, { passResets: true, ...options })
      if (answered !== undefined) stream.once('data', answered)
    } catch {
      // Nothing listens in the machine, or the machine cannot be reached.
      socket.resetAndDestroy()
    }
  }
}

/** Whether a peer's address is a loopback address of this computer. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}
