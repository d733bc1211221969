import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { join, listen } from '../lib'

/** Bytes that may wait for a client: with less, reading stops and starts again with every chunk. */
const highWaterMark = 1 << 20

export interface HostListener {
  address: string
  port: number
  /** Connections from other computers are refused, whatever address listens. */
  loopbackOnly?: boolean
}

/** A listener on the host, each of whose connections is carried by a stream of its own. */
export class StreamForward {
  readonly #server: Server
  readonly #open: (client: Socket) => Promise<Duplex>
  readonly #loopbackOnly: boolean

  private constructor(open: (client: Socket) => Promise<Duplex>, loopbackOnly: boolean) {
    this.#open = open
    this.#loopbackOnly = loopbackOnly
    // A client that has sent everything may still wait for the answer.
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, highWaterMark },
      (socket) => void this.#carry(socket),
    )
    // Out of file descriptors, for instance: the next connection is taken when there are some.
    this.#server.on('error', () => undefined)
  }

  /** `open` makes the stream of a client's connection. Rejects with the listener's system error, e.g. EADDRINUSE. */
  static async listen(host: HostListener, open: (client: Socket) => Promise<Duplex>): Promise<StreamForward> {
    const forward = new StreamForward(open, host.loopbackOnly ?? false)
    await listen(forward.#server, { host: host.address, port: host.port, ipv6Only: true })
    return forward
  }

  /** Ends the listener. Connections that stand go on to their end: what a container has said last still arrives. */
  close(): Promise<void> {
    // The port is free from here on; the server's own `close` waits for the connections.
    this.#server.close()
    return Promise.resolve()
  }

  async #carry(socket: Socket): Promise<void> {
    if (this.#loopbackOnly && !isLoopback(socket.remoteAddress ?? '')) {
      socket.resetAndDestroy()
      return
    }
    // The stream below is told by `join`; until there is one, there is nobody to tell.
    socket.on('error', () => socket.destroy())
    try {
      join(socket, await this.#open(socket), { passResets: true })
    } catch {
      // Nobody listens in the machine, or it cannot be reached: to the client a connection that is reset.
      socket.resetAndDestroy()
    }
  }
}

/** Whether a peer's address is one of this computer's own loopback. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}
