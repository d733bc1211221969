import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface HostListener {
  address: string
  port: number
  /** Connections from other computers are refused, whatever address listens. */
  loopbackOnly?: boolean
}

/** A listener on the host, each of whose connections is carried by a stream of its own. */
export class StreamForward {
  readonly #server: Server
  readonly #open: () => Promise<Duplex>
  readonly #loopbackOnly: boolean
  readonly #sockets = new Set<Socket>()

  private constructor(open: () => Promise<Duplex>, loopbackOnly: boolean) {
    this.#open = open
    this.#loopbackOnly = loopbackOnly
    // A client that has sent everything may still wait for the answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#carry(socket))
  }

  /** `open` makes a connection's stream. Rejects with the listener's system error, e.g. EADDRINUSE. */
  static async listen(host: HostListener, open: () => Promise<Duplex>): Promise<StreamForward> {
    const forward = new StreamForward(open, host.loopbackOnly ?? false)
    await new Promise<void>((resolve, reject) => {
      forward.#server.once('error', reject)
      forward.#server.listen({ host: host.address, port: host.port, ipv6Only: true }, () => {
        forward.#server.off('error', reject)
        resolve()
      })
    })
    return forward
  }

  /** Ends the listener and its connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #carry(socket: Socket): Promise<void> {
    if (this.#loopbackOnly && !isLoopback(socket.remoteAddress ?? '')) {
      socket.resetAndDestroy()
      return
    }
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // A reset by the client ends the stream below; there is nobody to tell.
    socket.on('error', () => socket.destroy())
    try {
      join(socket, await this.#open())
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

/** Carries bytes both ways; each side's end is passed on by itself, a failure or close ends both. */
function join(socket: Socket, stream: Duplex): void {
  stream.on('error', () => socket.destroy())
  stream.on('close', () => {
    if (!socket.writableEnded) socket.destroy()
  })
  socket.on('close', () => stream.destroy())
  if (socket.destroyed) stream.destroy()
  socket.pipe(stream)
  stream.pipe(socket)
}
